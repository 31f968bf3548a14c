using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>What is to be sent to one connection: whoever has something encodes it into one buffer, while one task sends the other.</summary>
/// <remarks>
/// Thread-safe. Nothing is sent before <see cref="Flush"/>: callers write all they have first. The buffer is bounded for messages, of
/// which one always fits into an empty buffer; answers are bounded elsewhere and always fit. A buffer that has been sent is kept for what comes next: a shared pool
/// does not hold as many as there are subscribers to a busy topic. Once the connection is quiet, <see cref="Trim"/> lets go of it.
/// </remarks>
internal sealed class Outbox(
    Stream stream, MqttProtocolVersion version, int maximumPacketSize, int topicAliasMaximum, BrokerContext context) : IBufferWriter<byte>
{
    private const int SmallestBuffer = 512;

    // So many sends in a row are taken for granted to be somebody else's thread: then it goes back to its owner.
    private const int SendsInARow = 32;
    private readonly Lock _lock = new();
    private readonly FlushSignal _signal = new();
    private readonly RoomSignal _room = new();
    private readonly OutboundAliases? _aliases = topicAliasMaximum > 0 ? new OutboundAliases(topicAliasMaximum) : null;
    private byte[] _buffer = [];
    private byte[] _spare = [];
    private bool _sentLately;
    private int _count;
    private int _expected = SmallestBuffer;
    private int _messages;
    private int _unrepeatable;
    private int _finalAnswers;
    private bool _announced;
    private bool _owesRefill;
    private bool _completed;

    private enum Next
    {
        Send,
        Wait,
        End,
    }

    /// <summary>Called by the sending task when there is room after <see cref="TryPublish"/> found none; set before that is called.</summary>
    public Action<List<Outbox>>? Refill { get; set; }

    /// <summary>Whether so much waits to be sent already that others are to be preferred, if there are any; a hint.</summary>
    public bool IsBusy => Volatile.Read(ref _count) > context.Options.OutboundBufferSize / 2;

    /// <summary>Whether the client accepts a packet of the message's size (MQTT 5.0, section 3.1.2.11.4).</summary>
    public bool Accepts(Publication publication, in PublishHeader header) =>
        PacketWriter.PacketSize(publication.BodySize(header, version)) <= maximumPacketSize;

    /// <summary>Writes a message of QoS 0 that the client accepts, unless there is no room.</summary>
    /// <param name="publication">The message.</param>
    /// <param name="header">What is particular to this copy.</param>
    /// <param name="written">Takes note of this outbox if nobody has yet that will flush it.</param>
    /// <param name="room">What to wait for before another attempt.</param>
    /// <returns>False if there was no room.</returns>
    public bool TryPublishOnce(Publication publication, in PublishHeader header, List<Outbox> written, [NotNullWhen(false)] out Task? room)
    {
        lock (_lock)
        {
            bool done = TryWrite(publication, header, written);
            room = done ? null : _room.WaitAsync();
            return done;
        }
    }

    /// <summary>Writes a message of QoS 1 or 2 that the client accepts, unless there is no room: then <see cref="Refill"/> follows.</summary>
    /// <param name="publication">The message.</param>
    /// <param name="header">What is particular to this copy.</param>
    /// <param name="written">Takes note of this outbox if nobody has yet that will flush it.</param>
    /// <returns>False if there was no room.</returns>
    public bool TryPublish(Publication publication, in PublishHeader header, List<Outbox> written)
    {
        lock (_lock)
        {
            bool done = TryWrite(publication, header, written);
            _owesRefill |= !done;
            return done;
        }
    }

    /// <summary>Writes an acknowledgement of something received.</summary>
    /// <returns>How many acknowledgements that end the handshake of a message have not been handed to the network yet.</returns>
    public int Answer(in AcknowledgePacket packet, List<Outbox> written)
    {
        lock (_lock)
        {
            if (_completed)
            {
                return 0;
            }

            packet.Write(this, version);
            Announce(written);
            return _finalAnswers += packet.IsFinal ? 1 : 0;
        }
    }

    /// <summary>Writes any other packet.</summary>
    public void Write<TPacket>(TPacket packet, Action<TPacket, IBufferWriter<byte>, MqttProtocolVersion> write, List<Outbox> written)
    {
        lock (_lock)
        {
            if (!_completed)
            {
                write(packet, this, version);
                Announce(written);
            }
        }
    }

    /// <summary>Lets the task send what has been written.</summary>
    public void Flush() => _signal.Raise();

    /// <summary>Whether the client reads its answers, so that more can be read from it; if not, <paramref name="room"/> is to be waited for.</summary>
    public bool HasRoomForAnswers([NotNullWhen(false)] out Task? room)
    {
        lock (_lock)
        {
            bool full = _count > context.Options.OutboundBufferSize && !_completed;
            room = full ? _room.WaitAsync() : null;
            return !full;
        }
    }

    /// <summary>Lets go of the buffer that is kept, if nothing has been sent since the last call.</summary>
    public void Trim()
    {
        lock (_lock)
        {
            if (!_sentLately)
            {
                Return(ref _spare);
            }

            _sentLately = false;
        }
    }

    /// <summary>Takes nothing more; what has been written is still sent, then <see cref="SendAsync"/> ends.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            _room.Release();
        }

        Flush();
    }

    /// <summary>Sends until completed or until the connection fails, which is where the task's exception comes from.</summary>
    public async Task SendAsync()
    {
        int inARow = 0;
        var written = new List<Outbox>();
        try
        {
            while (true)
            {
                Next next = Take(out byte[] buffer, out int count, out bool owesRefill);
                if (next == Next.End)
                {
                    return;
                }

                if (next == Next.Wait)
                {
                    inARow = 0;
                    await _signal.WaitAsync().ConfigureAwait(false);
                    continue;
                }

                try
                {
                    if (owesRefill)
                    {
                        // Fills one buffer while the other is sent; nobody has to flush, since this loop comes back for it.
                        Refill?.Invoke(written);
                        written.Clear();
                    }

                    await stream.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
                }
                finally
                {
                    Keep(buffer);
                }

                if (++inARow == SendsInARow)
                {
                    inARow = 0;
                    await Task.Yield();
                }
            }
        }
        finally
        {
            Abandon();
        }
    }

    void IBufferWriter<byte>.Advance(int count) => _count += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_count);
    }

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_count);
    }

    private bool TryWrite(Publication publication, in PublishHeader copy, List<Outbox> written)
    {
        if (_completed)
        {
            context.Counters.CountDropped(DropReason.Offline, Unrepeatable(copy));
            return true;
        }

        PublishHeader header = Alias(publication, copy);
        long bodySize = publication.BodySize(header, version);
        if (_count > 0 && _count + (long)PacketWriter.PacketSize(bodySize) > context.Options.OutboundBufferSize)
        {
            return false;
        }

        publication.Write(this, header, version, bodySize, publication.ExpiresAt == Publication.Never ? default : context.Clock.Now);
        _aliases?.Learn(publication.Topic, header);
        _messages++;
        _unrepeatable += Unrepeatable(header);
        Announce(written);
        return true;
    }

    // The packet that introduces an alias is larger than one without, perhaps larger than the client accepts.
    private PublishHeader Alias(Publication publication, in PublishHeader header)
    {
        PublishHeader aliased = _aliases?.Apply(publication.Topic, header) ?? header;
        return aliased.TopicAlias == 0 || aliased.OmitsTopic || Accepts(publication, aliased) ? aliased : header;
    }

    private void Announce(List<Outbox> written)
    {
        if (!_announced)
        {
            _announced = true;
            written.Add(this);
        }
    }

    private Next Take(out byte[] buffer, out int count, out bool owesRefill)
    {
        lock (_lock)
        {
            (buffer, count, owesRefill) = (_buffer, _count, _owesRefill);
            if (count == 0)
            {
                return _completed ? Next.End : Next.Wait;
            }

            context.Counters.CountSent(_messages);
            _expected = Math.Max(SmallestBuffer, count);
            (_buffer, _count, _messages, _unrepeatable, _finalAnswers, _announced, _owesRefill) = ([], 0, 0, 0, 0, false, false);
            _room.Release();
            return Next.Send;
        }
    }

    private void Reserve(int sizeHint)
    {
        int needed = checked(_count + Math.Max(sizeHint, 1));
        if (needed > _buffer.Length)
        {
            byte[] larger = _spare;
            if (larger.Length >= needed)
            {
                _spare = [];
            }
            else
            {
                int doubled = (int)Math.Min(_buffer.Length * 2L, Array.MaxLength);
                larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(needed, _expected), doubled));
            }

            _buffer.AsSpan(0, _count).CopyTo(larger);
            Return(ref _buffer);
            _buffer = larger;
        }
    }

    // The larger of two is kept, but none that a single large message needed.
    private void Keep(byte[] buffer)
    {
        lock (_lock)
        {
            _sentLately = true;
            if (!_completed && buffer.Length > _spare.Length && buffer.Length <= context.Options.OutboundBufferSize)
            {
                (_spare, buffer) = (buffer, _spare);
            }
        }

        Return(ref buffer);
    }

    private void Abandon()
    {
        lock (_lock)
        {
            _completed = true;
            Return(ref _buffer);
            Return(ref _spare);
            context.Counters.CountDropped(DropReason.Offline, _unrepeatable);
            (_count, _unrepeatable) = (0, 0);
            _room.Release();
        }
    }

    // What has QoS 1 or 2 stays in the session until it is acknowledged; what has QoS 0 is gone with the connection.
    private static int Unrepeatable(in PublishHeader header) =>
        header.QualityOfService == MqttQualityOfService.AtMostOnce ? 1 : 0;

    private static void Return(ref byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        buffer = [];
    }
}
