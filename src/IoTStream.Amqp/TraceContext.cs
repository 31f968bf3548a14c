using IoTStream.Connectors;

namespace IoTStream.Amqp;

/// <summary>What a message says of the trace that it is part of.</summary>
/// <param name="Parent">The value of <c>traceparent</c>.</param>
/// <param name="State">The value of <c>tracestate</c>, if there is one.</param>
internal readonly record struct TraceContext(string Parent, string? State)
{
    /// <summary>As the headers that carry it.</summary>
    public RecordHeader[] ToHeaders() => State is null
        ? [new RecordHeader(MessageTracing.ParentHeader, Parent)]
        : [new RecordHeader(MessageTracing.ParentHeader, Parent), new RecordHeader(MessageTracing.StateHeader, State)];
}
