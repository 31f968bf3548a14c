namespace IoTStream.Mqtt.Broker;

/// <summary>What becomes of a message of QoS 1 or 2 when the queue of a connected client is full.</summary>
internal enum WhenFull
{
    /// <summary>The caller waits and tries again.</summary>
    Wait,

    /// <summary>It is dropped and counted.</summary>
    Drop,

    /// <summary>It is queued all the same: for retained messages, which are kept anyway and bounded otherwise.</summary>
    Exceed,
}
