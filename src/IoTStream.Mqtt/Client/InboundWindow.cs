using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>
/// Messages with QoS 1 and 2 that one connection has received and not acknowledged. Whatever the order in which they are done with, PUBACKs and PUBRECs go
/// out in the order in which the messages came [MQTT-4.6.0-2, MQTT-4.6.0-3].
/// </summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="capacity">The most messages that the server may have sent without the end of their acknowledgement.</param>
/// <param name="countsUnreleased">Whether a message with QoS 2 counts until its PUBREL, as it does in MQTT 5.0; else until its PUBREC.</param>
/// <param name="outbox">Takes the acknowledgements.</param>
/// <param name="received">The messages with QoS 2 of the session.</param>
internal sealed class InboundWindow(int capacity, bool countsUnreleased, Outbox outbox, ReceivedMessages received)
{
    private readonly Lock _lock = new();
    private Entry[] _ring = new Entry[Math.Min(capacity, 64)];
    private long _head;
    private long _tail;
    private int _unreleased;
    private bool _closed;
    private TaskCompletionSource? _room;

    /// <summary>Enters a message.</summary>
    /// <param name="packetIdentifier">Its packet identifier.</param>
    /// <param name="qualityOfService">QoS 1 or 2.</param>
    /// <param name="sequence">Its number on this connection.</param>
    public Arrival TryAdd(ushort packetIdentifier, MqttQualityOfService qualityOfService, out long sequence)
    {
        lock (_lock)
        {
            sequence = _tail;
            bool isExactlyOnce = qualityOfService == MqttQualityOfService.ExactlyOnce;
            if (isExactlyOnce && received.IsWaiting(packetIdentifier, this))
            {
                // The acknowledgement that is owed already will answer this one, too.
                return Arrival.Again;
            }

            // What is left to read of a connection that is gone has room: none of it is acknowledged, and no more comes.
            if (IsFull)
            {
                return Arrival.NoRoom;
            }

            bool isDone = false;
            Arrival arrival = isExactlyOnce ? received.Enter(packetIdentifier, this, sequence, out isDone) : Arrival.New;
            if (_tail - _head == _ring.Length)
            {
                Grow();
            }

            _ring[_tail++ % _ring.Length] = new Entry(packetIdentifier, isExactlyOnce, isDone ? 0 : 1);
            Acknowledge();
            return arrival;
        }
    }

    /// <summary>Completes when there is room again, or none is needed because the connection is gone.</summary>
    public Task WhenRoom()
    {
        lock (_lock)
        {
            if (!IsFull)
            {
                return Task.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>One more <see cref="Release"/> is needed until the message is acknowledged.</summary>
    public void Hold(long sequence)
    {
        lock (_lock)
        {
            if (sequence >= _head)
            {
                _ring[sequence % _ring.Length].Holds++;
            }
        }
    }

    /// <summary>One who held the message back is done with it.</summary>
    public void Release(long sequence)
    {
        InboundWindow? waiting = null;
        long waitingSequence = 0;
        lock (_lock)
        {
            if (sequence < _head)
            {
                return;
            }

            ref Entry entry = ref _ring[sequence % _ring.Length];
            if (--entry.Holds == 0 && entry.IsExactlyOnce)
            {
                waiting = received.Finish(entry.PacketIdentifier, this, sequence, out waitingSequence);
            }

            Acknowledge();
        }

        waiting?.Release(waitingSequence);
    }

    /// <summary>A PUBREL has come for a message with QoS 2 (section 3.6).</summary>
    public void Released(ushort packetIdentifier)
    {
        bool isKnown = received.Release(packetIdentifier);
        lock (_lock)
        {
            _unreleased = Math.Max(0, _unreleased - 1);
        }

        if (received.Releasing is { } releasing)
        {
            releasing(this, packetIdentifier);
        }
        else
        {
            // That it is not known is no error: it may have been completed on an earlier connection.
            Complete(packetIdentifier, isKnown ? MqttReasonCode.Success : MqttReasonCode.PacketIdentifierNotFound);
        }
    }

    /// <summary>Answers a PUBREL: the server may give the identifier to another message. Does nothing once the connection is gone.</summary>
    public void Complete(ushort packetIdentifier, MqttReasonCode code)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                outbox.Write(new AcknowledgePacket(PacketType.PubComp, packetIdentifier, code));
            }
        }
    }

    /// <summary>The connection is gone: nothing is acknowledged any more, the server will send the messages again.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _room?.TrySetResult();
            _room = null;
        }
    }

    private bool IsFull => !_closed && _tail - _head + (countsUnreleased ? _unreleased : 0) >= capacity;

    private void Acknowledge()
    {
        long head = _head;
        while (!_closed && _head < _tail && _ring[_head % _ring.Length].Holds <= 0)
        {
            Entry entry = _ring[_head++ % _ring.Length];
            _unreleased += entry.IsExactlyOnce ? 1 : 0;
            outbox.Write(new AcknowledgePacket(entry.IsExactlyOnce ? PacketType.PubRec : PacketType.PubAck, entry.PacketIdentifier));
        }

        if (_head != head)
        {
            _room?.TrySetResult();
            _room = null;
        }
    }

    private void Grow()
    {
        var larger = new Entry[_ring.Length * 2];
        for (long i = _head; i < _tail; i++)
        {
            larger[i % larger.Length] = _ring[i % _ring.Length];
        }

        _ring = larger;
    }

    private record struct Entry(ushort PacketIdentifier, bool IsExactlyOnce, int Holds);
}
