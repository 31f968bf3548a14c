using System.Diagnostics;
using IoTStream.Connectors;

namespace IoTStream.Amqp;

/// <summary>
/// Traces of messages, in the terms of OpenTelemetry's conventions for messaging and RabbitMQ, with the context in headers (W3C Trace Context). Costs nothing unless somebody listens to the
/// source "IoTStream.Amqp".
/// </summary>
internal static class MessageTracing
{
    public const string SourceName = "IoTStream.Amqp";
    public const string ParentHeader = "traceparent";
    public const string StateHeader = "tracestate";

    private static readonly ActivitySource Source = new(SourceName, typeof(MessageTracing).Assembly.GetName().Version?.ToString());

    /// <summary>Whether somebody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>Notes that a message is made of a record, as part of the trace that the record's headers tell of, and gives what it carries.</summary>
    public static TraceContext? Create(string exchange, string routingKey, RecordHeaders headers)
    {
        if (!IsOn)
        {
            return null;
        }

        using Activity? activity = Start("create", ActivityKind.Producer, headers, exchange, routingKey);
        return Of(activity);
    }

    /// <summary>Starts an activity that takes a message, as part of what its publisher says, without making it the current one.</summary>
    public static Activity? StartProcessing(in AmqpMessage message, RecordHeaders headers, string queue)
    {
        if (!IsOn)
        {
            return null;
        }

        Activity? activity = Start("process", ActivityKind.Consumer, headers, message.Exchange, message.RoutingKey);
        activity?.SetTag("messaging.destination.subscription.name", queue);
        activity?.SetTag("messaging.message.id", message.MessageId);
        activity?.SetTag("messaging.message.body.size", message.Payload.Length);
        return activity;
    }

    /// <summary>Headers with the context of an activity instead of the one that they have, so that what a pipeline does with the record is part of it.</summary>
    public static RecordHeaders WithContext(RecordHeaders headers, Activity? activity) => Of(activity) is { } context
        ? new RecordHeaders([.. headers.Where(static header => !IsContext(header.Name)), .. context.ToHeaders()])
        : headers;

    /// <summary>Whether a header carries the context.</summary>
    public static bool IsContext(string header) => header is ParentHeader or StateHeader;

    public static void Fail(Activity? activity, Exception exception)
    {
        activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
        activity?.SetTag("error.type", exception.GetType().FullName);
    }

    private static TraceContext? Of(Activity? activity) =>
        activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? new TraceContext(id, string.IsNullOrEmpty(activity.TraceStateString) ? null : activity.TraceStateString) : null;

    private static ActivityContext ContextOf(RecordHeaders headers) =>
        ActivityContext.TryParse(headers.Text(ParentHeader), headers.Text(StateHeader), isRemote: true, out ActivityContext context) ? context : default;

    private static Activity? Start(string operation, ActivityKind kind, RecordHeaders headers, string exchange, string routingKey)
    {
        Activity? current = Activity.Current;
        Activity? activity = Source.StartActivity(
            operation,
            kind,
            ContextOf(headers),
            [
                new("messaging.system", "rabbitmq"), new("messaging.operation.name", operation), new("messaging.operation.type", operation),
                new("messaging.destination.name", exchange), new("messaging.rabbitmq.destination.routing_key", routingKey),
            ]);
        Activity.Current = current;
        return activity;
    }
}
