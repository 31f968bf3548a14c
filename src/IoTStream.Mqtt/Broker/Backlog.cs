using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>The messages of QoS 1 and 2 that a session owes its client, in order: those whose handshake is not over, and those that wait.</summary>
/// <remarks>
/// Guarded by the session's lock. Bounded by number and by bytes. A message is encoded only when the outbox has room for it, so that a
/// client that does not read costs the messages, which all subscribers share, and not copies of them too. A message of QoS 2 is dropped
/// when the client has received it; its identifier stays in use until the client has released it (section 4.3.3).
/// </remarks>
internal sealed class Backlog(BrokerContext context)
{
    // The ticket of what was found on disk.
    private const long Restored = -1;
    private readonly Dictionary<ushort, Inflight> _inflight = [];
    private readonly Queue<ushort> _repeats = [];
    private readonly Queue<Waiting> _waiting = [];
    private readonly IdentifierSet _reserved = new();
    private long _bytes;
    private int _connection;
    private int _outstanding;
    private ushort _lastIdentifier;
    private long _lastSequence;

    /// <summary>Whether no further message has room, be it ever so small.</summary>
    public bool IsFull => _waiting.Count >= context.Options.MaxQueuedMessages || _bytes >= context.Options.MaxQueuedBytes;

    /// <summary>Whether another message can be given an identifier before it is sent, as those of stored sessions are.</summary>
    public bool HasIdentifier => _inflight.Count + _reserved.Count < ushort.MaxValue;

    /// <summary>Whether a message would be sent at once.</summary>
    public bool IsIdle => _waiting.Count == 0 && HasTurn;

    /// <summary>The number by which the <see cref="Journal"/> knows the session; 0 if it is not stored.</summary>
    public long StoredAs { get; set; }

    /// <summary>How many messages may be sent on one connection without the end of their handshake; set anew with each connection.</summary>
    public int InflightLimit { get; set; }

    // Handshakes of an earlier connection may come on top of the limit, but there are no more identifiers than there are.
    private bool HasTurn => _repeats.Count == 0 && _outstanding < InflightLimit && _inflight.Count < ushort.MaxValue;

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
        if (outbox is null || !IsIdle || !TrySend(publication, header, outbox, written))
        {
            _waiting.Enqueue(new Waiting(publication, header, Ticket: 0));
        }
    }

    /// <summary>
    /// Lets a message of a stored session wait until that is durable. It is given its identifier now, so that it has the same one if it is sent again by another life of the
    /// broker, which does not know whether it was sent; there has to be one (<see cref="HasIdentifier"/>).
    /// </summary>
    /// <param name="publication">The message, with memory of its own.</param>
    /// <param name="header">What is particular to this copy.</param>
    /// <param name="session">The session.</param>
    public void AddStored(Publication publication, PublishHeader header, Recipient session)
    {
        header = header with { PacketIdentifier = NextIdentifier() };
        _lastIdentifier = header.PacketIdentifier;
        _reserved.Add(header.PacketIdentifier);
        _bytes += publication.Size;
        _waiting.Enqueue(new Waiting(publication, header, context.Journal!.Queued(session, publication, header, header.PacketIdentifier)));
    }

    /// <summary>The session has become a stored one: tells the journal everything.</summary>
    public void WriteAll(Recipient session)
    {
        Journal journal = context.Journal!;
        foreach ((ushort identifier, Inflight message) in _inflight.OrderBy(pair => pair.Value.Sequence))
        {
            if (message.Publication is null)
            {
                journal.Received(session.StoredAs, identifier);
            }
            else
            {
                journal.Queued(session, message.Publication, message.Header, identifier);
            }
        }

        for (int i = _waiting.Count; i > 0; i--)
        {
            Waiting next = _waiting.Dequeue();
            if (next.Header.PacketIdentifier == 0)
            {
                next = next with { Header = next.Header with { PacketIdentifier = NextIdentifier() } };
                _lastIdentifier = next.Header.PacketIdentifier;
                _reserved.Add(_lastIdentifier);
            }

            // What was durable before is so still.
            long ticket = journal.Queued(session, next.Publication, next.Header, next.Header.PacketIdentifier);
            _waiting.Enqueue(next with { Ticket = next.Ticket == 0 ? ticket : next.Ticket });
        }
    }

    /// <summary>Takes up what was found on disk.</summary>
    public void Restore(IEnumerable<StoredSession.Entry> entries)
    {
        foreach (StoredSession.Entry entry in entries)
        {
            ushort identifier = (ushort)entry.Number;
            _lastIdentifier = identifier;
            if (entry.Publication is { } publication)
            {
                // Nobody knows whether it was sent.
                _reserved.Add(identifier);
                _bytes += publication.Size;
                _waiting.Enqueue(new Waiting(publication, entry.Header with { PacketIdentifier = identifier, Duplicate = true }, Restored));
            }
            else
            {
                _inflight.Add(identifier, new Inflight(null, entry.Header with { PacketIdentifier = identifier }, ++_lastSequence, _connection));
            }
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

        while (HasTurn && _waiting.TryPeek(out Waiting next))
        {
            if (next.Ticket > 0 && next.Ticket > context.Journal!.Committed)
            {
                return;
            }

            if (next.Publication.ExpiresAt != Publication.Never && next.Publication.ExpiresAt <= context.Clock.Now)
            {
                Drop(next.Publication, next.Header.PacketIdentifier, DropReason.Expired);
            }
            else if (!TrySend(next.Publication, next.Header, outbox, written))
            {
                return;
            }

            _waiting.Dequeue();
        }
    }

    /// <summary>A connection begins: handshakes that an earlier one did not end are to be taken up again, in the order of then.</summary>
    public void RepeatAll()
    {
        _connection++;
        _outstanding = 0;
        _repeats.Clear();
        foreach ((ushort identifier, _) in _inflight.OrderBy(pair => pair.Value.Sequence))
        {
            _repeats.Enqueue(identifier);
        }
    }

    /// <summary>PUBACK: forgets a message of QoS 1 that has arrived.</summary>
    /// <returns>False if none with the identifier was sent.</returns>
    /// <exception cref="MqttProtocolException">The message has QoS 2.</exception>
    public bool Acknowledge(ushort packetIdentifier)
    {
        if (!_inflight.TryGetValue(packetIdentifier, out Inflight message))
        {
            return false;
        }

        Require(message.Header.QualityOfService == MqttQualityOfService.AtLeastOnce, PacketType.PubAck, packetIdentifier);
        Remove(packetIdentifier, message);
        return true;
    }

    /// <summary>PUBREC: drops a message of QoS 2 that has arrived, and keeps its identifier.</summary>
    /// <returns>False if none with the identifier was sent.</returns>
    /// <exception cref="MqttProtocolException">The message has QoS 1.</exception>
    public bool Receive(ushort packetIdentifier)
    {
        if (!_inflight.TryGetValue(packetIdentifier, out Inflight message))
        {
            return false;
        }

        Require(message.Header.QualityOfService == MqttQualityOfService.ExactlyOnce, PacketType.PubRec, packetIdentifier);
        if (message.Publication is not null)
        {
            _bytes -= message.Publication.Size;
            _inflight[packetIdentifier] = message with { Publication = null, Sequence = ++_lastSequence };
            if (StoredAs != 0)
            {
                context.Journal!.Received(StoredAs, packetIdentifier);
            }
        }

        return true;
    }

    /// <summary>PUBREC with an error: forgets a message that the client does not want (section 4.3.3).</summary>
    /// <returns>False if none with the identifier was sent.</returns>
    /// <exception cref="MqttProtocolException">The message has QoS 1, or had been received.</exception>
    public bool Refuse(ushort packetIdentifier)
    {
        if (!_inflight.TryGetValue(packetIdentifier, out Inflight message))
        {
            return false;
        }

        Require(message is { Header.QualityOfService: MqttQualityOfService.ExactlyOnce, Publication: not null }, PacketType.PubRec, packetIdentifier);
        Remove(packetIdentifier, message);
        return true;
    }

    /// <summary>PUBCOMP: the identifier of a message of QoS 2 is free again.</summary>
    /// <returns>False if none with the identifier was sent.</returns>
    /// <exception cref="MqttProtocolException">The message has QoS 1, or had not been received.</exception>
    public bool Complete(ushort packetIdentifier)
    {
        if (!_inflight.TryGetValue(packetIdentifier, out Inflight message))
        {
            return false;
        }

        Require(message.Publication is null, PacketType.PubComp, packetIdentifier);
        Remove(packetIdentifier, message);
        return true;
    }

    /// <summary>Forgets everything.</summary>
    /// <returns>The messages of QoS 1 that came by a shared subscription, in order, with its filter.</returns>
    public IReadOnlyList<(Publication Publication, string Share)> Clear()
    {
        var shared = new List<(Publication, string)>();
        foreach ((Publication? publication, PublishHeader header) in _inflight.Values.OrderBy(message => message.Sequence).Select(message => (message.Publication, message.Header))
            .Concat(_waiting.Select(message => ((Publication?)message.Publication, message.Header))))
        {
            if (publication is not null && header is { QualityOfService: MqttQualityOfService.AtLeastOnce, Share: { } share })
            {
                shared.Add((publication, share));
            }
        }

        _inflight.Clear();
        _repeats.Clear();
        _waiting.Clear();
        _reserved.Clear();
        _bytes = 0;
        _outstanding = 0;
        return shared;
    }

    private static void Require(bool holds, PacketType type, ushort packetIdentifier)
    {
        if (!holds)
        {
            throw MqttProtocolException.Violation($"{type} does not answer what was last sent with the identifier {packetIdentifier}.");
        }
    }

    // False if the outbox is full; a message that the client cannot take is done with, too.
    private bool TrySend(Publication publication, PublishHeader header, Outbox outbox, List<Outbox> written)
    {
        bool isReserved = header.PacketIdentifier != 0;
        header = isReserved ? header : header with { PacketIdentifier = NextIdentifier() };
        if (!outbox.Accepts(publication, header))
        {
            Drop(publication, header.PacketIdentifier, DropReason.TooLarge);
            return true;
        }

        if (!outbox.TryPublish(publication, header, written))
        {
            return false;
        }

        if (isReserved)
        {
            _reserved.Remove(header.PacketIdentifier);
        }
        else
        {
            _lastIdentifier = header.PacketIdentifier;
        }

        _outstanding++;
        _inflight.Add(header.PacketIdentifier, new Inflight(publication, header, ++_lastSequence, _connection));
        return true;
    }

    private bool TryRepeat(ushort identifier, in Inflight message, Outbox outbox, List<Outbox> written)
    {
        if (message.Publication is not { } publication)
        {
            outbox.Answer(new AcknowledgePacket(PacketType.PubRel, identifier), written);
            return true;
        }

        PublishHeader header = message.Header with { Duplicate = true };
        if (!outbox.Accepts(publication, header))
        {
            // The client came back with a smaller maximum packet size than it had.
            context.Counters.CountDropped(DropReason.TooLarge);
            Remove(identifier, message);
            return true;
        }

        if (_outstanding >= InflightLimit || !outbox.TryPublish(publication, header, written))
        {
            return false;
        }

        _outstanding++;
        _inflight[identifier] = message with { Connection = _connection };
        return true;
    }

    private void Remove(ushort identifier, in Inflight message)
    {
        _inflight.Remove(identifier);
        _bytes -= message.Publication?.Size ?? 0;
        _outstanding -= message.Connection == _connection ? 1 : 0;
        Forget(identifier);
    }

    private void Drop(Publication publication, ushort identifier, DropReason reason)
    {
        _bytes -= publication.Size;
        if (_reserved.Remove(identifier))
        {
            Forget(identifier);
        }

        context.Counters.CountDropped(reason);
    }

    private void Forget(ushort identifier)
    {
        if (StoredAs != 0)
        {
            context.Journal!.Done(StoredAs, identifier);
        }
    }

    private ushort NextIdentifier()
    {
        ushort identifier = _lastIdentifier;
        do
        {
            identifier++;
        }
        while (identifier == 0 || _inflight.ContainsKey(identifier) || _reserved.Contains(identifier));

        return identifier;
    }

    /// <param name="Publication">The message.</param>
    /// <param name="Header">What is particular to this copy.</param>
    /// <param name="Ticket">It is not sent before that is durable; 0 if the session is not stored.</param>
    private readonly record struct Waiting(Publication Publication, PublishHeader Header, long Ticket);

    /// <param name="Publication">Null once the client has received it.</param>
    /// <param name="Header">What is particular to this copy.</param>
    /// <param name="Sequence">The order of sending, or of receiving.</param>
    /// <param name="Connection">The session's connection that it was last sent on, which its receive maximum is of.</param>
    private readonly record struct Inflight(Publication? Publication, PublishHeader Header, long Sequence, int Connection);
}
