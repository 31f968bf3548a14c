using System.Diagnostics.CodeAnalysis;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>What the broker owes a client, whether it is connected or away (section 4.1). Thread-safe.</summary>
internal sealed class Session(string clientIdentifier, BrokerContext context) : Recipient
{
    private readonly Lock _lock = new();
    private readonly Backlog _backlog = new(context);
    private readonly IdentifierSet _received = new();
    private readonly RoomSignal _room = new();
    private volatile Outbox? _outbox;
    private readonly List<(ushort Identifier, Publication Publication)> _routing = [];
    private Connection? _connection;
    private bool _ended;
    private TimeSpan _expiry;

    public string ClientIdentifier { get; } = clientIdentifier;

    /// <summary>A will that waits for its delay to pass, and when it has; the registry's.</summary>
    public (WillMessage Message, TimeSpan DueAt)? PendingWill { get; set; }

    public bool IsEnded
    {
        get
        {
            lock (_lock)
            {
                return _ended;
            }
        }
    }

    /// <inheritdoc/>
    public override bool IsQueueFull
    {
        get
        {
            lock (_lock)
            {
                return _backlog.IsFull;
            }
        }
    }

    /// <inheritdoc/>
    public override Readiness Readiness
    {
        get
        {
            lock (_lock)
            {
                return _outbox is null ? Readiness.Away : _backlog.IsIdle && !_outbox.IsBusy ? Readiness.Idle : Readiness.Busy;
            }
        }
    }

    /// <summary>Takes the place of the connection so far, without giving it anything to send yet.</summary>
    /// <returns>The connection so far, to be closed.</returns>
    public Connection? Take(Connection connection)
    {
        lock (_lock)
        {
            Connection? previous = _connection;
            _connection = connection;
            _outbox = null;
            _room.Release();
            return previous;
        }
    }

    /// <summary>Starts to deliver to the connection, with what it has not acknowledged before.</summary>
    /// <returns>False if another connection took the session meanwhile.</returns>
    public bool Attach(Connection connection, Outbox outbox, int inflightLimit, List<Outbox> written)
    {
        lock (_lock)
        {
            if (_ended || !ReferenceEquals(_connection, connection))
            {
                return false;
            }

            _outbox = outbox;
            outbox.Refill = more => Refill(outbox, more);
            _backlog.InflightLimit = inflightLimit;
            _backlog.RepeatAll();
            _backlog.Send(outbox, written);
            return true;
        }
    }

    /// <summary>Stops delivering to the connection.</summary>
    /// <returns>False if the session is not, or no longer, the connection's.</returns>
    public bool Detach(Connection connection)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_connection, connection))
            {
                return false;
            }

            _connection = null;
            _outbox = null;
            _room.Release();
            return true;
        }
    }

    /// <summary>Stops delivering to a client that does not keep up, and closes its connection.</summary>
    public override void GiveUp()
    {
        Connection? connection;
        lock (_lock)
        {
            connection = _connection;
            _outbox = null;
            _room.Release();
        }

        connection?.Close(MqttReasonCode.QuotaExceeded);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(Publication Publication, string Share)> End()
    {
        lock (_lock)
        {
            _ended = true;
            _connection = null;
            _outbox = null;
            if (StoredAs != 0)
            {
                context.Journal!.Ended(StoredAs);
            }

            IReadOnlyList<(Publication, string)> shared = _backlog.Clear();
            _room.Release();
            return shared;
        }
    }

    /// <inheritdoc/>
    public override bool TryDeliver(
        Publication publication,
        in Delivery delivery,
        bool retain,
        WhenFull whenFull,
        List<Outbox> written,
        [NotNullWhen(false)] out Task? room)
    {
        var header = new PublishHeader(delivery.QualityOf(publication), retain, delivery.Identifiers, Share: delivery.Share);
        if (header.QualityOfService == MqttQualityOfService.AtMostOnce)
        {
            return TryDeliverOnce(publication, header, written, out room);
        }

        room = null;
        lock (_lock)
        {
            if (HasRoomFor(publication, mayExceed: whenFull == WhenFull.Exceed && _outbox is not null))
            {
                if (_ended)
                {
                    return true;
                }

                if (StoredAs != 0)
                {
                    _backlog.AddStored(publication.Keep(), header, this);
                }
                else
                {
                    _backlog.Add(publication.Keep(), header, _outbox, written);
                }
            }
            else if (_outbox is null || whenFull == WhenFull.Drop)
            {
                context.Counters.CountDropped(DropReason.QueueFull);
            }
            else
            {
                room = _room.WaitAsync();
                return false;
            }

            return true;
        }
    }

    /// <summary>Somebody has connected, or left: the session is stored from the time on when it is one that outlives a connection, if the broker stores sessions.</summary>
    /// <param name="expiry">How long it outlives a connection.</param>
    /// <param name="expiresAt">When it ends; <see cref="TimeSpan.MaxValue"/> while somebody is connected.</param>
    public void Keep(TimeSpan expiry, TimeSpan expiresAt)
    {
        lock (_lock)
        {
            _expiry = expiry;
            ExpiresAt = expiresAt;
            if (context.Journal is not { } journal || (StoredAs == 0 && expiry == TimeSpan.Zero))
            {
                return;
            }

            if (StoredAs == 0)
            {
                StoredAs = journal.NewSession();
                _backlog.StoredAs = StoredAs;
                Write();
            }

            journal.Presence(StoredAs, expiry, expiresAt);
        }
    }

    /// <summary>Tells the journal everything, if the session is stored.</summary>
    public void WriteAll()
    {
        lock (_lock)
        {
            if (StoredAs != 0 && !_ended)
            {
                Write();
                context.Journal!.Presence(StoredAs, _expiry, ExpiresAt);
            }
        }
    }

    /// <summary>Takes up what was found on disk.</summary>
    public void Restore(StoredSession stored)
    {
        StoredAs = stored.Id;
        _backlog.StoredAs = stored.Id;
        _expiry = stored.Expiry;
        ExpiresAt = stored.ExpiresAt == long.MaxValue ? context.Clock.After(stored.Expiry) : context.Clock.FromUtcTicks(stored.ExpiresAt);
        _backlog.Restore(stored.Entries);
        foreach (ushort identifier in stored.Heard)
        {
            _received.Add(identifier);
        }
    }

    /// <inheritdoc/>
    public override void OnCommitted()
    {
        var written = new List<Outbox>();
        lock (_lock)
        {
            if (_outbox is { } outbox)
            {
                _backlog.Send(outbox, written);
            }

            _room.Release();
        }

        Router.Flush(written);
    }

    /// <summary>The client answered a message: its handshake goes on, or what waits can go.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="held">Takes what the client is to be answered when that is durable; null if there is no need to wait.</param>
    /// <param name="written">Collects what the caller has to flush.</param>
    /// <exception cref="MqttProtocolException">It is not an answer to what was sent.</exception>
    public void Acknowledge(in AcknowledgePacket answer, List<AcknowledgePacket>? held, List<Outbox> written)
    {
        lock (_lock)
        {
            ushort identifier = answer.PacketIdentifier;
            bool makesRoom;
            switch (answer.Type)
            {
                case PacketType.PubAck:
                    makesRoom = _backlog.Acknowledge(identifier);
                    break;
                case PacketType.PubComp:
                    makesRoom = _backlog.Complete(identifier);
                    break;
                case PacketType.PubRec when answer.ReasonCode.IsFailure():
                    makesRoom = _backlog.Refuse(identifier);
                    break;
                default:
                    makesRoom = _backlog.Receive(identifier);
                    MqttReasonCode code = makesRoom ? MqttReasonCode.Success : MqttReasonCode.PacketIdentifierNotFound;
                    var release = new AcknowledgePacket(PacketType.PubRel, identifier, code);
                    if (held is not null)
                    {
                        held.Add(release);
                    }
                    else
                    {
                        _outbox?.Answer(release, written);
                    }

                    break;
            }

            if (!makesRoom)
            {
                return;
            }

            if (_outbox is { } outbox)
            {
                _backlog.Send(outbox, written);
            }

            _room.Release();
        }
    }

    /// <summary>Takes note of a message of QoS 2 from the client.</summary>
    /// <returns>False if it has been received before and not been released.</returns>
    public bool Receive(ushort packetIdentifier)
    {
        lock (_lock)
        {
            return _received.Add(packetIdentifier);
        }
    }

    /// <summary>A message of QoS 2 is about to be brought to everybody: if the broker dies meanwhile, its next life goes on with that.</summary>
    public void BeginRouting(ushort packetIdentifier, Publication publication)
    {
        lock (_lock)
        {
            if (StoredAs != 0)
            {
                _routing.Add((packetIdentifier, publication.Keep()));
                context.Journal!.Heard(StoredAs, packetIdentifier, publication.Keep());
            }
        }
    }

    /// <summary>The message has been brought to everybody.</summary>
    public void EndRouting(ushort packetIdentifier)
    {
        lock (_lock)
        {
            if (_routing.RemoveAll(routing => routing.Identifier == packetIdentifier) > 0)
            {
                context.Journal!.Routed(StoredAs, packetIdentifier);
            }
        }
    }

    /// <summary>How many messages of QoS 2 have been received and not been released.</summary>
    public int Unreleased
    {
        get
        {
            lock (_lock)
            {
                return _received.Count;
            }
        }
    }

    public bool Release(ushort packetIdentifier)
    {
        lock (_lock)
        {
            if (StoredAs != 0)
            {
                context.Journal!.Released(StoredAs, packetIdentifier);
            }

            return _received.Remove(packetIdentifier);
        }
    }

    private bool HasRoomFor(Publication publication, bool mayExceed) =>
        (StoredAs == 0 || (_backlog.HasIdentifier && !context.Journal!.IsFull)) && (mayExceed || _backlog.HasRoomFor(publication));

    private void Write()
    {
        Journal journal = context.Journal!;
        journal.Session(StoredAs, isPipeline: false, ClientIdentifier, Guid.Empty);
        context.Subscriptions.WriteAll(this, journal);
        foreach (ushort identifier in _received.All)
        {
            int routing = _routing.FindIndex(routing => routing.Identifier == identifier);
            journal.Heard(StoredAs, identifier, routing < 0 ? null : _routing[routing].Publication);
        }

        _backlog.WriteAll(this);
    }

    private bool TryDeliverOnce(
        Publication publication, in PublishHeader header, List<Outbox> written, [NotNullWhen(false)] out Task? room)
    {
        room = null;
        Outbox? outbox = _outbox;
        if (outbox is null)
        {
            context.Counters.CountDropped(DropReason.Offline);
            return true;
        }

        if (!outbox.Accepts(publication, header))
        {
            context.Counters.CountDropped(DropReason.TooLarge);
            return true;
        }

        return outbox.TryPublishOnce(publication, header, written, out room);
    }

    private void Refill(Outbox outbox, List<Outbox> written)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_outbox, outbox))
            {
                _backlog.Send(outbox, written);
                _room.Release();
            }
        }
    }
}
