namespace IoTStream.Coap.Messaging;

/// <summary>Why a message is given up.</summary>
internal enum LossReason
{
    /// <summary>It was repeated as often as it may be, and not acknowledged.</summary>
    Unanswered,

    /// <summary>The peer has rejected it.</summary>
    Rejected,

    /// <summary>Too many others wait for the same peer.</summary>
    TooMany,

    /// <summary>This end is closed, or the connection is.</summary>
    Closed,
}
