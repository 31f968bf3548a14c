namespace IoTStream.Mqtt;

/// <summary>What a message says of the trace that it is part of.</summary>
/// <param name="Parent">The value of <c>traceparent</c>.</param>
/// <param name="State">The value of <c>tracestate</c>, if there is one.</param>
internal readonly record struct TraceContext(string Parent, string? State)
{
    /// <summary>As the user properties that carry it.</summary>
    public MqttUserProperty[] ToProperties() => State is null
        ? [new MqttUserProperty(MessageTracing.ParentProperty, Parent)]
        : [new MqttUserProperty(MessageTracing.ParentProperty, Parent), new MqttUserProperty(MessageTracing.StateProperty, State)];
}
