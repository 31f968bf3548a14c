using System.Diagnostics;
using System.Globalization;
using IoTStream.Connectors;

namespace IoTStream.Kafka;

/// <summary>
/// Traces of messages, in the terms of OpenTelemetry's conventions for messaging and Kafka, with the context in headers (W3C Trace Context). Costs nothing unless somebody listens to the
/// source "IoTStream.Kafka".
/// </summary>
internal static class MessageTracing
{
    public const string SourceName = "IoTStream.Kafka";
    public const string ParentHeader = "traceparent";
    public const string StateHeader = "tracestate";

    private static readonly ActivitySource Source = new(SourceName, typeof(MessageTracing).Assembly.GetName().Version?.ToString());

    /// <summary>Whether somebody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>Notes that a message is made of a record, as part of the trace that the record's headers tell of, and gives what it carries.</summary>
    public static TraceContext? Create(string topic, RecordHeaders headers)
    {
        if (!IsOn)
        {
            return null;
        }

        using Activity? activity = Start("create", ActivityKind.Producer, ContextOf(headers), topic);
        return Of(activity);
    }

    /// <summary>Starts an activity that takes a message, as part of what its producer says, without making it the current one.</summary>
    public static Activity? StartProcessing(KafkaPartition partition, RecordHeaders headers, long offset, int size)
    {
        Activity? activity = Start("process", ActivityKind.Consumer, ContextOf(headers), partition.Topic);
        activity?.SetTag("messaging.destination.partition.id", partition.Number.ToString(CultureInfo.InvariantCulture));
        activity?.SetTag("messaging.kafka.offset", offset);
        activity?.SetTag("messaging.message.body.size", Math.Max(size, 0));
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

    private static Activity? Start(string operation, ActivityKind kind, ActivityContext parent, string topic)
    {
        Activity? current = Activity.Current;
        Activity? activity = Source.StartActivity(
            operation,
            kind,
            parent,
            [
                new("messaging.system", "kafka"), new("messaging.operation.name", operation), new("messaging.operation.type", operation),
                new("messaging.destination.name", topic),
            ]);
        Activity.Current = current;
        return activity;
    }
}
