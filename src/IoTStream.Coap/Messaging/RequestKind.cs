namespace IoTStream.Coap.Messaging;

/// <summary>What a request is for, as far as that says when it goes.</summary>
internal enum RequestKind
{
    /// <summary>It goes when its peer can be sent something.</summary>
    Ordinary,

    /// <summary>It goes to a group, whose members answer.</summary>
    Group,

    /// <summary>It says that no more is wanted of its peer, whose answer nobody waits for: it goes at once.</summary>
    Farewell,
}
