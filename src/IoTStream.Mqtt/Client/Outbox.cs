using System.Buffers;
using System.Threading.Tasks.Sources;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>
/// What goes to the server. Packets are written one after the other into a buffer; while the connection sends one buffer, the
/// other fills, so that many packets go out at once without anybody having to wait for a timer.
/// </summary>
/// <remarks>
/// Outlives connections: between two of them nothing is taken, and messages with QoS 1 and 2 wait to be sent again. Thread-safe, except
/// that one connection at a time takes bytes out.
/// </remarks>
internal sealed class Outbox : IValueTaskSource<bool>
{
    // MQTT 3.1.1 has no receive maximum, but servers have: Mosquitto ends the connection of a client that has more messages with QoS 2 under way.
    private const int MostExactlyOnceOf311 = 20;

    private const int LargestBufferKept = 1024 * 1024;
    private readonly Lock _lock = new();
    private readonly MqttProtocolVersion _version;
    private readonly int _softLimit;
    private readonly bool _usesAliases;
    private readonly ArrayBufferWriter<byte> _whole = new();
    private TopicAliases? _aliases;
    private readonly InFlight _inFlight;
    private ArrayBufferWriter<byte> _filling;
    private ArrayBufferWriter<byte> _leaving;
    private ManualResetValueTaskSourceCore<bool> _bytes;
    private ServerLimits _limits = ServerLimits.Of(null);
    private bool _takerWaits;
    private bool _open;
    private bool _finished = true;
    private bool _stalled;
    private Exception? _failure;
    private TaskCompletionSource? _change;

    public Outbox(MqttProtocolVersion version, int softLimit, int maximumInFlight, bool usesAliases)
    {
        _version = version;
        _softLimit = softLimit;
        _usesAliases = usesAliases;
        _inFlight = new InFlight(maximumInFlight);

        // They grow as far as they are used: thousands of clients that publish a little now and then need only that.
        _filling = new ArrayBufferWriter<byte>();
        _leaving = new ArrayBufferWriter<byte>();
        _bytes.RunContinuationsAsynchronously = true;
    }

    /// <summary>The good-bye of a client that is disposed.</summary>
    public DisconnectPacket Farewell { get; set; } = new();

    public static MqttClientException TooLarge(int size, int maximum) =>
        new($"A message takes {size} bytes on the wire; the server accepts at most {maximum}.");

    /// <summary>Begins a connection: messages that are not acknowledged go out first, and new ones are taken.</summary>
    public void Open(ServerLimits limits, bool sessionPresent)
    {
        lock (_lock)
        {
            _filling.ResetWrittenCount();
            _leaving.ResetWrittenCount();
            _limits = limits;
            _aliases = _usesAliases && limits.TopicAliasMaximum > 0 ? new TopicAliases(limits.TopicAliasMaximum) : null;
            _open = _failure is null;
            _finished = _failure is not null;
            _stalled = false;
            _inFlight.BeginConnection(sessionPresent);
            Resend();
            SignalChange();
        }
    }

    /// <summary>Ends a connection after a last packet: what is in the buffer is still taken, but nothing more is written.</summary>
    public void Finish(DisconnectPacket? farewell)
    {
        lock (_lock)
        {
            if (_finished)
            {
                return;
            }

            Fitting(farewell)?.Write(_filling, _version);
            _open = false;
            _finished = true;
            WakeTaker();
        }
    }

    /// <summary>Ends the outbox for good: whoever publishes, now or later, gets <paramref name="failure"/>.</summary>
    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                return;
            }

            _failure = failure;
            _open = false;
            _inFlight.FailDeliveries(failure, onlyFromHandlers: false);
            _inFlight.Clear();
            SignalChange();
        }
    }

    /// <summary>
    /// Says that nothing is read until a handler has finished, or that reading goes on. A handler that waits for an acknowledgement
    /// meanwhile would wait for ever and fails instead.
    /// </summary>
    public void SetStalled(bool stalled)
    {
        lock (_lock)
        {
            _stalled = stalled;
            if (stalled)
            {
                _inFlight.FailDeliveries(WouldDeadlock(), onlyFromHandlers: true);
                SignalChange();
            }
        }
    }

    /// <summary>Whether there is a connection.</summary>
    /// <param name="change">If not: completes when there may be one.</param>
    /// <exception cref="MqttClientException">There will never be one.</exception>
    public bool IsOpen(out Task? change)
    {
        lock (_lock)
        {
            change = null;
            if (_failure is not null)
            {
                throw _failure;
            }

            if (!_open)
            {
                _change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                change = _change.Task;
            }

            return _open;
        }
    }

    /// <summary>Writes a message if that is possible now.</summary>
    /// <param name="packet">The message; its packet identifier is set here.</param>
    /// <param name="delivery">Who waits for the acknowledgement; null for QoS 0.</param>
    /// <param name="change">If it was not possible: completes when it may be.</param>
    /// <exception cref="MqttClientException">It will never be possible.</exception>
    public bool TrySend(in PublishPacket packet, Delivery? delivery, out Task? change)
    {
        lock (_lock)
        {
            change = null;
            if (_failure is not null)
            {
                throw _failure;
            }

            if (delivery is { FromHandler: true } && _stalled)
            {
                throw WouldDeadlock();
            }

            if (!_open || _filling.WrittenCount >= _softLimit || (delivery is not null && !HasCredit(packet.QualityOfService)))
            {
                _change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                change = _change.Task;
                return false;
            }

            int size = CheckLimits(packet);
            int start = _filling.WrittenCount;
            PublishPacket numbered = delivery is null ? packet : packet with { PacketIdentifier = _inFlight.NextIdentifier() };
            if (_aliases is null || size > _limits.MaximumPacketSize - TopicAliases.Overhead)
            {
                numbered.Write(_filling, _version);
            }
            else
            {
                _aliases.Apply(numbered).Write(_filling, _version);
                _aliases.Confirm();
            }

            if (delivery is not null)
            {
                _inFlight.Keep(_aliases is null ? _filling.WrittenSpan[start..] : Whole(numbered), delivery);
            }

            WakeTaker();
            return true;
        }
    }

    /// <summary>The server has acknowledged a message, or the first half of one with QoS 2 (sections 3.4, 3.5 and 3.7).</summary>
    /// <exception cref="MqttProtocolException">A message of that quality of service is not acknowledged in this way.</exception>
    public void Acknowledged(in AcknowledgePacket packet)
    {
        ushort identifier = packet.PacketIdentifier;
        lock (_lock)
        {
            switch (_inFlight.Expected(identifier))
            {
                case PacketType.PubRec when packet.Type == PacketType.PubRec && !packet.ReasonCode.IsFailure():
                    _inFlight.Receive(identifier);
                    WriteNow(new AcknowledgePacket(PacketType.PubRel, identifier));
                    return;

                // The server did not get the PUBREL.
                case PacketType.PubComp when packet.Type == PacketType.PubRec:
                    WriteNow(new AcknowledgePacket(PacketType.PubRel, identifier));
                    return;

                // An unknown identifier is not an error: the server may answer what was completed on an earlier connection.
                case null when packet.Type == PacketType.PubRec:
                    WriteNow(new AcknowledgePacket(PacketType.PubRel, identifier, MqttReasonCode.PacketIdentifierNotFound));
                    return;
                case null:
                    return;
                case { } expected when expected != packet.Type:
                    throw MqttProtocolException.Violation($"The server answers message {identifier} with {packet.Type} instead of {expected}.");
            }

            // A server that knows the identifier of a PUBREL no more has completed the message before.
            _inFlight.Release(identifier)!.Complete(
                packet.Type == PacketType.PubComp ? MqttReasonCode.Success : packet.ReasonCode, packet.Properties?.ReasonString);
            Resend();
            SignalChange();
        }
    }

    public void Write(in AcknowledgePacket packet)
    {
        lock (_lock)
        {
            WriteNow(packet);
        }
    }

    public void Write(SubscribePacket packet)
    {
        lock (_lock)
        {
            if (!_finished)
            {
                packet.Write(_filling, _version);
                WakeTaker();
            }
        }
    }

    public void Write(UnsubscribePacket packet)
    {
        lock (_lock)
        {
            if (!_finished)
            {
                packet.Write(_filling, _version);
                WakeTaker();
            }
        }
    }

    public void Write(AuthPacket packet)
    {
        lock (_lock)
        {
            if (!_finished)
            {
                packet.Write(_filling);
                WakeTaker();
            }
        }
    }

    public void WritePing()
    {
        lock (_lock)
        {
            if (!_finished)
            {
                new PingPacket(PacketType.PingReq).Write(_filling);
                WakeTaker();
            }
        }
    }

    /// <summary>Waits for bytes to take; false when the connection is finished and all of them have been taken.</summary>
    public ValueTask<bool> WaitForBytesAsync()
    {
        lock (_lock)
        {
            if (_filling.WrittenCount > 0)
            {
                return new(true);
            }

            if (_finished)
            {
                return new(false);
            }

            _bytes.Reset();
            _takerWaits = true;
            return new(this, _bytes.Version);
        }
    }

    /// <summary>Takes all bytes that are there; they are valid until the next call.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        lock (_lock)
        {
            // A large message must not occupy its memory twice for the rest of the client's life.
            if (_leaving.Capacity > LargestBufferKept)
            {
                _leaving = new ArrayBufferWriter<byte>();
            }

            _leaving.ResetWrittenCount();
            (_filling, _leaving) = (_leaving, _filling);
            Resend();
            SignalChange();
            return _leaving.WrittenMemory;
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _bytes.GetResult(token);
        lock (_lock)
        {
            return _filling.WrittenCount > 0;
        }
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _bytes.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _bytes.OnCompleted(continuation, state, token, flags);

    private static MqttClientException WouldDeadlock() => new(
        "A message handler awaits the acknowledgement of a message that it publishes, but more messages than ReadAhead allows stand before it. "
        + "The message will be delivered; raise ReadAhead, or do not await it in the handler.");

    private void WriteNow(in AcknowledgePacket packet)
    {
        if (!_finished)
        {
            packet.Write(_filling, _version);
            WakeTaker();
        }
    }

    private bool HasCredit(MqttQualityOfService qualityOfService) => !_inFlight.IsFull && !_inFlight.MustResend && _inFlight.Outstanding < _limits.ReceiveMaximum
        && (qualityOfService != MqttQualityOfService.ExactlyOnce || _version != MqttProtocolVersion.V311 || _inFlight.ExactlyOnce < MostExactlyOnceOf311);

    private int CheckLimits(in PublishPacket packet)
    {
        int size = packet.Size(_version);
        if (size > _limits.MaximumPacketSize)
        {
            throw TooLarge(size, _limits.MaximumPacketSize);
        }

        if (packet.QualityOfService > _limits.MaximumQoS)
        {
            throw MqttRefusedException.Of("has no such quality of service", MqttReasonCode.QosNotSupported, reason: null);
        }

        if (packet.Retain && !_limits.RetainAvailable)
        {
            throw MqttRefusedException.Of("retains no messages", MqttReasonCode.RetainNotSupported, reason: null);
        }

        return size;
    }

    /// <summary>A good-bye without what is only for people, if the server takes no packet as large as it is [MQTT-3.14.2-3, MQTT-3.14.2-4].</summary>
    private DisconnectPacket? Fitting(DisconnectPacket? farewell)
    {
        const int Head = 1 + 4 + 1;
        return farewell?.Properties is not { } properties || Head + PropertyWriter.Size(properties, _version) <= _limits.MaximumPacketSize
            ? farewell
            : farewell with { Properties = properties.SessionExpiryInterval is { } expiry ? new PacketProperties { SessionExpiryInterval = expiry } : null };
    }

    /// <summary>A message as it can be sent on another connection, which knows no aliases of this one.</summary>
    private ReadOnlySpan<byte> Whole(in PublishPacket packet)
    {
        _whole.ResetWrittenCount();
        packet.Write(_whole, _version);
        return _whole.WrittenSpan;
    }

    private void Resend()
    {
        while (_open && _inFlight.MustResend && _inFlight.Outstanding < _limits.ReceiveMaximum && _filling.WrittenCount < _softLimit)
        {
            _inFlight.ResendNext(_filling, _version, _limits.MaximumPacketSize);
            WakeTaker();
        }
    }

    private void WakeTaker()
    {
        if (_takerWaits)
        {
            _takerWaits = false;
            _bytes.SetResult(result: true);
        }
    }

    private void SignalChange()
    {
        if (_change is not null)
        {
            _change.TrySetResult();
            _change = null;
        }
    }
}
