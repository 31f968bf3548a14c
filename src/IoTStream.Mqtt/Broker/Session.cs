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
    private Connection? _connection;
    private bool _ended;

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

    /// <summary>Forgets everything; nothing is delivered any more.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            _connection = null;
            _outbox = null;
            _backlog.Clear();
            _room.Release();
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
        var header = new PublishHeader(delivery.QualityOf(publication), retain, delivery.Identifiers);
        if (header.QualityOfService == MqttQualityOfService.AtMostOnce)
        {
            return TryDeliverOnce(publication, header, written, out room);
        }

        room = null;
        lock (_lock)
        {
            if (_backlog.HasRoomFor(publication) || (whenFull == WhenFull.Exceed && _outbox is not null))
            {
                if (!_ended)
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

    /// <summary>The client answered a message: its handshake goes on, or what waits can go.</summary>
    /// <exception cref="MqttProtocolException">It is not an answer to what was sent.</exception>
    public void Acknowledge(in AcknowledgePacket answer, List<Outbox> written)
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
                    _outbox?.Answer(new AcknowledgePacket(PacketType.PubRel, identifier, code), written);
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
            return _received.Remove(packetIdentifier);
        }
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
