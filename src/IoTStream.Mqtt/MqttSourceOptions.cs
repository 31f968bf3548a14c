namespace IoTStream.Mqtt;

/// <summary>How <see cref="MqttSource"/> subscribes and reads.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record MqttSourceOptions
{
    /// <summary>How it subscribes: the quality of service, which is QoS 1 by default, and what MQTT 5.0 has besides.</summary>
    public MqttSubscribeOptions Subscription { get; init; } = new();

    /// <summary>The most records that wait for the pipeline, at least 1; default 4,096.</summary>
    public int Capacity { get; init; } = 4096;

    /// <summary>
    /// What the messages are divided by into partitions, each with a watermark and an idleness of its own; by default they are one partition. See docs/mqtt.md for when that is worth it.
    /// </summary>
    public MqttPartitions Partitions { get; init; } = MqttPartitions.One;

    /// <summary>
    /// Whether messages whose <see cref="MqttHeaders.MessageId"/> has been seen are passed over, so that what an <see cref="MqttSink"/> publishes again has its effect once; default
    /// false. Of each publisher the highest identifier is kept, with the position of the source in a job with an epoch log; so the server has to keep the order of a publisher's messages over
    /// all topics that are subscribed to, as Mosquitto and the embedded broker do. Not for shared subscriptions, nor with <see cref="MqttSubscribeOptions.RetainAsPublished"/>: retained messages come
    /// in no order, and are not looked at.
    /// </summary>
    public bool Deduplicate { get; init; }

    internal void Validate(IReadOnlyList<string> filters, MqttProtocolVersion version)
    {
        MqttClientOptions.Check(Subscription is not null, nameof(Subscription), "cannot be null");
        MqttClientOptions.Check(Partitions is not null, nameof(Partitions), "cannot be null");
        Subscription!.Validate(filters, version);
        MqttClientOptions.Check(Capacity >= 1, nameof(Capacity), "has to be at least 1");
        MqttClientOptions.Check(!Deduplicate || version == MqttProtocolVersion.V500, nameof(Deduplicate), "needs MQTT 5.0: identifiers are user properties");
        MqttClientOptions.Check(
            !Deduplicate || !filters.Any(static filter => Protocol.TopicFilter.IsShared(filter)),
            nameof(Deduplicate),
            "is not possible for shared subscriptions, whose members get a publisher's messages in no order");
        MqttClientOptions.Check(
            !Deduplicate || !Subscription.RetainAsPublished,
            nameof(Deduplicate),
            "is not possible with RetainAsPublished, which does not tell stored messages, which come in no order, from others");
    }
}
