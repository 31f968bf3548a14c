namespace IoTStream.Mqtt.Broker;

/// <summary>What a record of a <see cref="Journal"/> says. docs/epoch-log-format.md describes them.</summary>
internal enum RecordType : byte
{
    /// <summary>A session begins; what was known of it is to be forgotten.</summary>
    Session = 1,

    /// <summary>A session is over.</summary>
    Ended = 2,

    /// <summary>Somebody connected to a session, or left it.</summary>
    Presence = 3,

    /// <summary>A session subscribes.</summary>
    Subscribed = 4,

    /// <summary>A session does not subscribe any more.</summary>
    Unsubscribed = 5,

    /// <summary>A message, which the following records refer to.</summary>
    Message = 6,

    /// <summary>A session is owed a message.</summary>
    Queued = 7,

    /// <summary>A session is not owed a message any more.</summary>
    Done = 8,

    /// <summary>A client has received a message of QoS 2, which it has not completed.</summary>
    Received = 9,

    /// <summary>A session is not owed any message up to a number any more.</summary>
    DoneUpTo = 10,

    /// <summary>A client has sent a message of QoS 2, which it has not released.</summary>
    Heard = 11,

    /// <summary>What a client has sent with QoS 2 has been brought to everybody.</summary>
    Routed = 12,

    /// <summary>A client has released a message of QoS 2.</summary>
    Released = 13,

    /// <summary>A message is retained.</summary>
    Retained = 14,

    /// <summary>No message of a topic is retained any more.</summary>
    NotRetained = 15,
}
