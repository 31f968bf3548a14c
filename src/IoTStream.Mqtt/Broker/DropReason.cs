namespace IoTStream.Mqtt.Broker;

/// <summary>Why a message was not delivered to somebody.</summary>
internal enum DropReason
{
    /// <summary>QoS 0 to a connected client whose buffer is full.</summary>
    SlowConsumer,

    /// <summary>QoS 0 to a client that is away.</summary>
    Offline,

    /// <summary>The queue of a client that is away, or of retained messages to one that does not acknowledge, is full.</summary>
    QueueFull,

    /// <summary>Above the maximum packet size of the client.</summary>
    TooLarge,

    /// <summary>Its message expiry interval passed.</summary>
    Expired,

    /// <summary>Not retained because there are as many retained messages, or as many bytes of them, as may be.</summary>
    RetainedFull,

    /// <summary>Its publisher may not publish to the topic.</summary>
    NotAuthorized,
}
