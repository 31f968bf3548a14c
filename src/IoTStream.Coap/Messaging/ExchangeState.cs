namespace IoTStream.Coap.Messaging;

/// <summary>How far a message of a peer has been dealt with.</summary>
internal enum ExchangeState : byte
{
    /// <summary>There is no outcome, and nothing was sent.</summary>
    Pending,

    /// <summary>It was acknowledged for itself, and the outcome comes later or has come.</summary>
    Acknowledged,

    /// <summary>It was answered, and the answer is kept.</summary>
    Answered,

    /// <summary>It was answered, and can be answered again by doing it again, as it only reads.</summary>
    Repeatable,

    /// <summary>It needs no answer.</summary>
    Done,
}
