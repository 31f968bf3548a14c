namespace IoTStream.Log;

/// <summary>What a log is used for.</summary>
internal enum LogKind
{
    /// <summary>The epochs of a job.</summary>
    Epochs = 1,

    /// <summary>A topic of a durable queue.</summary>
    Queue = 2,

    /// <summary>What an MQTT broker keeps.</summary>
    Broker = 3,
}
