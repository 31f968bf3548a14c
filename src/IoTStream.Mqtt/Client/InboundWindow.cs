using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>
/// Messages with QoS 1 that one connection has received and not acknowledged. Whatever the order in which they are done with, PUBACKs go
/// out in the order in which the messages came [MQTT-4.6.0-2].
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class InboundWindow(int capacity, Outbox outbox)
{
    private readonly Lock _lock = new();
    private Entry[] _ring = new Entry[Math.Min(capacity, 64)];
    private long _head;
    private long _tail;
    private bool _closed;
    private TaskCompletionSource? _room;

    /// <summary>Enters a message.</summary>
    /// <param name="packetIdentifier">Its packet identifier.</param>
    /// <param name="sequence">Its number on this connection.</param>
    /// <returns>False if as many messages as allowed are waiting already.</returns>
    public bool TryAdd(ushort packetIdentifier, out long sequence)
    {
        lock (_lock)
        {
            sequence = _tail;
            if (_tail - _head == capacity)
            {
                return false;
            }

            if (_tail - _head == _ring.Length)
            {
                Grow();
            }

            _ring[_tail++ % _ring.Length] = new Entry(packetIdentifier, 1);
            return true;
        }
    }

    /// <summary>Completes when there is room again, or none is needed because the connection is gone.</summary>
    public Task WhenRoom()
    {
        lock (_lock)
        {
            if (_closed || _tail - _head < capacity)
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
        lock (_lock)
        {
            if (sequence < _head || _closed)
            {
                return;
            }

            _ring[sequence % _ring.Length].Holds--;
            bool moved = false;
            while (_head < _tail && _ring[_head % _ring.Length].Holds <= 0)
            {
                outbox.Write(new AcknowledgePacket(PacketType.PubAck, _ring[_head % _ring.Length].PacketIdentifier));
                _head++;
                moved = true;
            }

            if (moved)
            {
                _room?.TrySetResult();
                _room = null;
            }
        }
    }

    /// <summary>The connection is gone: nothing is acknowledged any more, the server will send the messages again.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _head = _tail;
            _room?.TrySetResult();
            _room = null;
        }
    }

    private void Grow()
    {
        var larger = new Entry[Math.Min(capacity, _ring.Length * 2)];
        for (long i = _head; i < _tail; i++)
        {
            larger[i % larger.Length] = _ring[i % _ring.Length];
        }

        _ring = larger;
    }

    private record struct Entry(ushort PacketIdentifier, int Holds);
}
