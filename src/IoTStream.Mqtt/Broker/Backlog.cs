using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>The QoS 1 messages that a session owes its client, in order: those sent and not acknowledged, and those that wait.</summary>
/// <remarks>
/// Guarded by the session's lock. Bounded by number and by bytes. A message is encoded only when the outbox has room for it, so that a
/// client that does not read costs the messages, which all subscribers share, and not copies of them too.
/// </remarks>
internal sealed class Backlog(BrokerContext context)
{
    private readonly Dictionary<ushort, Inflight> _inflight = [];
    private readonly Queue<ushort> _repeats = [];
    private readonly Queue<Waiting> _waiting = [];
    private long _bytes;
    private ushort _lastIdentifier;
    private long _lastSequence;

    /// <summary>Whether no further message has room, be it ever so small.</summary>
    public bool IsFull => _waiting.Count >= context.Options.MaxQueuedMessages || _bytes >= context.Options.MaxQueuedBytes;

    /// <summary>How many messages may be sent and not acknowledged; set anew with each connection.</summary>
    public int InflightLimit { get; set; }

    /// <summary>Whether the message has room; alone it always has, since otherwise it could never be delivered.</summary>
    public bool HasRoomFor(Publication publication) =>
        _waiting.Count < context.Options.MaxQueuedMessages
        && (_bytes == 0 || _bytes + publication.Size <= context.Options.MaxQueuedBytes);

    /// <summary>Sends a message if it is its turn, else lets it wait; whether it has room is for the caller to ask.</summary>
    /// <param name="publication">The message, with memory of its own.</param>
    /// <param name="header">What is particular to this copy.</param>
    /// <param name="outbox">Where to send it; null if the client is away.</param>
    /// <param name="written">Collects what the caller has to flush.</param>
    public void Add(Publication publication, in PublishHeader header, Outbox? outbox, List<Outbox> written)
    {
        _bytes += publication.Size;
        bool isNext = _waiting.Count == 0 && _repeats.Count == 0 && _inflight.Count < InflightLimit;
        if (outbox is null || !isNext || !TrySend(publication, header, outbox, written))
        {
            _waiting.Enqueue(new Waiting(publication, header));
        }
    }

    /// <summary>Sends as much as the outbox and the client have room for: repetitions first, then what waits.</summary>
    public void Send(Outbox outbox, List<Outbox> written)
    {
        while (_repeats.TryPeek(out ushort identifier))
        {
            if (_inflight.TryGetValue(identifier, out Inflight message) && !TryRepeat(identifier, message, outbox, written))
            {
                return;
            }

            _repeats.Dequeue();
        }

        while (_inflight.Count < InflightLimit && _waiting.TryPeek(out Waiting next))
        {
            if (next.Publication.ExpiresAt != Publication.Never && next.Publication.ExpiresAt <= context.Clock.Now)
            {
                Drop(next.Publication, DropReason.Expired);
            }
            else if (!TrySend(next.Publication, next.Header, outbox, written))
            {
                return;
            }

            _waiting.Dequeue();
        }
    }

    /// <summary>What has not been acknowledged on an earlier connection is to be sent again, in the order of then.</summary>
    public void RepeatAll()
    {
        _repeats.Clear();
        foreach ((ushort identifier, _) in _inflight.OrderBy(pair => pair.Value.Sequence))
        {
            _repeats.Enqueue(identifier);
        }
    }

    /// <summary>Forgets a message that has arrived.</summary>
    /// <returns>False if none with the identifier was sent.</returns>
    public bool Acknowledge(ushort packetIdentifier)
    {
        if (!_inflight.Remove(packetIdentifier, out Inflight message))
        {
            return false;
        }

        _bytes -= message.Publication.Size;
        return true;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _inflight.Clear();
        _repeats.Clear();
        _waiting.Clear();
        _bytes = 0;
    }

    // False if the outbox is full; a message that the client cannot take is done with, too.
    private bool TrySend(Publication publication, PublishHeader header, Outbox outbox, List<Outbox> written)
    {
        header = header with { PacketIdentifier = NextIdentifier() };
        if (!outbox.Accepts(publication, header))
        {
            Drop(publication, DropReason.TooLarge);
            return true;
        }

        if (!outbox.TryPublish(publication, header, written))
        {
            return false;
        }

        _lastIdentifier = header.PacketIdentifier;
        _inflight.Add(header.PacketIdentifier, new Inflight(publication, header, ++_lastSequence));
        return true;
    }

    private bool TryRepeat(ushort identifier, in Inflight message, Outbox outbox, List<Outbox> written)
    {
        PublishHeader header = message.Header with { Duplicate = true };
        if (outbox.Accepts(message.Publication, header))
        {
            return outbox.TryPublish(message.Publication, header, written);
        }

        // The client came back with a smaller maximum packet size than it had.
        _inflight.Remove(identifier);
        Drop(message.Publication, DropReason.TooLarge);
        return true;
    }

    private void Drop(Publication publication, DropReason reason)
    {
        _bytes -= publication.Size;
        context.Counters.CountDropped(reason);
    }

    private ushort NextIdentifier()
    {
        ushort identifier = _lastIdentifier;
        do
        {
            identifier++;
        }
        while (identifier == 0 || _inflight.ContainsKey(identifier));

        return identifier;
    }

    private readonly record struct Waiting(Publication Publication, PublishHeader Header);

    private readonly record struct Inflight(Publication Publication, PublishHeader Header, long Sequence);
}
