namespace IoTStream.Mqtt.Broker;

/// <summary>What differs between the copies of a message that go to different subscribers.</summary>
/// <param name="QualityOfService">The lower of the message's and the subscription's.</param>
/// <param name="Retain">The retain flag as the subscriber is to see it.</param>
/// <param name="SubscriptionIdentifiers">Those of the subscriber's matching subscriptions; only 5.0 has them.</param>
/// <param name="PacketIdentifier">0 for QoS 0.</param>
/// <param name="Duplicate">Whether it has been sent before.</param>
/// <param name="TopicAlias">0 for none; only 5.0 has them.</param>
/// <param name="OmitsTopic">Whether the alias stands for the topic, instead of being introduced with it.</param>
/// <param name="Share">The filter of the shared subscription that the subscriber was chosen from; null if it is its own.</param>
internal readonly record struct PublishHeader(
    MqttQualityOfService QualityOfService,
    bool Retain,
    int[] SubscriptionIdentifiers,
    ushort PacketIdentifier = 0,
    bool Duplicate = false,
    ushort TopicAlias = 0,
    bool OmitsTopic = false,
    string? Share = null);
