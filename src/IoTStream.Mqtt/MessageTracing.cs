using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt;

/// <summary>
/// Traces of messages, in the terms of OpenTelemetry's conventions for messaging, with the context in user properties (W3C Trace Context for MQTT). Costs nothing unless somebody listens to
/// the source "IoTStream.Mqtt", or an activity is under way where a message is published.
/// </summary>
internal static class MessageTracing
{
    public const string SourceName = "IoTStream.Mqtt";
    public const string ParentProperty = "traceparent";
    public const string StateProperty = "tracestate";

    private static readonly ActivitySource Source = new(SourceName, typeof(MessageTracing).Assembly.GetName().Version?.ToString());

    /// <summary>Whether somebody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>Starts an activity that publishes a message, or makes one that is published later, without making it the current one.</summary>
    /// <param name="operation">"publish", or "create".</param>
    /// <param name="topic">The topic.</param>
    /// <param name="parent">What it is part of; by default the current activity.</param>
    public static Activity? StartPublishing(string operation, string topic, ActivityContext parent = default)
    {
        Activity? activity = Start(operation, ActivityKind.Producer, parent == default ? Activity.Current?.Context ?? default : parent, topic);
        activity?.SetTag("messaging.operation.type", operation == "publish" ? "send" : operation);
        return activity;
    }

    /// <summary>Starts an activity that takes a message, as part of what its publisher says, without making it the current one.</summary>
    public static Activity? StartProcessing(in MqttMessage message, string template)
    {
        if (!IsOn)
        {
            return null;
        }

        Activity? activity = Start("process", ActivityKind.Consumer, ContextOf(message.UserProperties), message.Topic);
        activity?.SetTag("messaging.operation.type", "process");
        activity?.SetTag("messaging.destination.template", template);
        activity?.SetTag("messaging.message.body.size", message.Payload.Length);
        return activity;
    }

    /// <summary>The context that a record's headers carry; default if they carry none.</summary>
    public static ActivityContext ContextOf(RecordHeaders headers) => Parse(headers.Text(ParentProperty), headers.Text(StateProperty));

    /// <summary>The context of an activity as it is written into messages; null if it has none in this form.</summary>
    public static TraceContext? Of(Activity? activity) =>
        activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? new TraceContext(id, string.IsNullOrEmpty(activity.TraceStateString) ? null : activity.TraceStateString) : null;

    /// <summary>A message with the context of an activity, unless it has one already.</summary>
    public static PublishPacket WithContext(in PublishPacket packet, Activity? activity)
    {
        if (Of(activity) is not { } context || packet.Properties?.UserProperties?.Exists(static property => property.Name == ParentProperty) == true)
        {
            return packet;
        }

        PacketProperties properties = packet.Properties?.Copy() ?? new PacketProperties();
        properties.UserProperties = [.. properties.UserProperties ?? [], .. context.ToProperties()];
        return packet with { Properties = properties };
    }

    /// <summary>Headers with the context of an activity instead of the one that they have, so that what a pipeline does with the record is part of it.</summary>
    public static RecordHeaders WithContext(RecordHeaders headers, Activity? activity) => Of(activity) is { } context
        ? new RecordHeaders([
            .. headers.Where(static header => header.Name is not (ParentProperty or StateProperty)),
            .. context.ToProperties().Select(static property => new RecordHeader(property.Name, property.Value))])
        : headers;

    public static void Fail(Activity? activity, Exception exception)
    {
        activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
        activity?.SetTag("error.type", exception.GetType().FullName);
    }

    private static Activity? Start(string operation, ActivityKind kind, ActivityContext parent, string topic)
    {
        Activity? current = Activity.Current;
        Activity? activity = Source.StartActivity(
            operation,
            kind,
            parent,
            [new("messaging.system", "mqtt"), new("messaging.operation.name", operation), new("messaging.destination.name", topic)]);
        Activity.Current = current;
        return activity;
    }

    private static ActivityContext ContextOf(IReadOnlyList<MqttUserProperty> properties)
    {
        string? parent = null;
        string? state = null;
        foreach (MqttUserProperty property in properties)
        {
            parent = property.Name == ParentProperty ? property.Value : parent;
            state = property.Name == StateProperty ? property.Value : state;
        }

        return Parse(parent, state);
    }

    private static ActivityContext Parse(string? parent, string? state) => ActivityContext.TryParse(parent, state, isRemote: true, out ActivityContext context) ? context : default;
}
