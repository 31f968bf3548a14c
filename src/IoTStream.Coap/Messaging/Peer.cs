namespace IoTStream.Coap.Messaging;

/// <summary>What is known of a peer. Guarded by the lock of its message layer.</summary>
internal sealed class Peer(PeerAddress address, ushort nextId)
{
    public PeerAddress Address { get; } = address;

    /// <summary>The identifier of the next message to it.</summary>
    public ushort NextId { get; set; } = nextId;

    /// <summary>Whether it is known to be where its datagrams say.</summary>
    public bool IsValidated { get; set; }

    /// <summary>How many bytes of requests came from it, and how many went to it, as long as it is not known to be where it says.</summary>
    public long BytesReceived { get; set; }

    public long BytesSent { get; set; }

    /// <summary>How many confirmable messages, and requests without confirmation that may be answered soon, are on their way to it.</summary>
    public int OnTheWay { get; set; }

    /// <summary>The confirmable messages that wait for those.</summary>
    public Queue<Transmission> Waiting { get; } = new(0);

    /// <summary>The requests without confirmation that wait for those, or since it has not answered the last one.</summary>
    public Queue<Transmission> Probes { get; } = new(0);

    /// <summary>When the next of them may go, if nothing is heard from it before, in ticks of the clock.</summary>
    public long ProbeAt { get; set; } = long.MinValue;

    /// <summary>Whether it is looked at when that time comes.</summary>
    public bool IsProbed { get; set; }

    /// <summary>How many of its messages are remembered; how many of them have their outcome, and the first and last of those.</summary>
    public int Exchanges;
    public int FinishedExchanges;
    public int OldestExchange = -1;
    public int NewestExchange = -1;

    /// <summary>Its neighbours in the order of their last message.</summary>
    public Peer? Older { get; set; }

    public Peer? Newer { get; set; }

    /// <summary>Whether nothing is lost, but for conveniences, when it is forgotten.</summary>
    public bool IsIdle => Exchanges == 0 && OnTheWay == 0 && Waiting.Count == 0 && Probes.Count == 0 && !IsProbed;
}
