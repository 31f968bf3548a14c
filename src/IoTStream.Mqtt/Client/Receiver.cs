using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>
/// Takes packets off a connection in their order. While a message's handler has not finished, no other message is handed on, but
/// answers of the server behind it are: otherwise a handler that awaits one would wait for ever.
/// </summary>
internal sealed class Receiver(
    MqttClientOptions options,
    PipeReader reader,
    Outbox outbox,
    Router router,
    InboundWindow window,
    Requests requests,
    KeepAlive keepAlive,
    Action<Exception> lost,
    Action? begun,
    Reauthentication? reauthentication) : IDisposable
{
    private static readonly AsyncLocal<Router?> Handling = new();
    private readonly int _readAhead = options.ReadsAhead ? options.ReadAhead : 0;
    private readonly ReadGathering? _gathering = options.GathersReads ? new ReadGathering(TimeProvider.System) : null;
    private CancellationToken _closing;
    private Action? _begun = begun;
    private TopicName?[]? _aliases;

    // What has to complete before the next message may be handed on.
    private Task _blocker = Task.CompletedTask;
    private volatile bool _endRequested;

    // Positions in the stream of received bytes: where the buffer begins, and up to where answers have been taken out of turn.
    private long _bufferStart;
    private long _answeredTo;

    // The size of the message at the buffer's start if it is in a handler's hands; zero if it has not been handed on.
    private long _inHand;
    private ReadOnlySequence<byte> _remaining;
    private Exception? _end;
    private int _messages;

    /// <summary>Whether the caller is a message handler of the client with this router, or was called by one.</summary>
    public static bool IsHandlerOf(Router router) => ReferenceEquals(Handling.Value, router);

    /// <summary>Completes, always without an exception, when no handler has a message in hand.</summary>
    public Task Idle => Task.WhenAny(_blocker);

    /// <summary>Makes <see cref="RunAsync"/> return soon.</summary>
    public void RequestEnd()
    {
        _endRequested = true;
        reader.CancelPendingRead();
    }

    /// <summary>Receives until the connection ends, which the result explains.</summary>
    /// <exception cref="MqttProtocolException">The server broke the protocol.</exception>
    /// <exception cref="MessageHandlerFailedException">A handler threw.</exception>
    public async Task<Exception> RunAsync(Task previous, CancellationToken closing)
    {
        Handling.Value = router;
        _closing = closing;
        _blocker = previous;
        while (true)
        {
            await ReadAheadAsync(_blocker).ConfigureAwait(false);
            await _blocker.ConfigureAwait(false);
            _begun?.Invoke();
            _begun = null;
            if (_gathering is not null)
            {
                await _gathering.WaitAsync(_messages).ConfigureAwait(false);
                _messages = 0;
            }

            ReadResult result = await ReadAsync().ConfigureAwait(false);
            if (_endRequested)
            {
                Advance(result.Buffer, examined: false);
                return _end ?? new MqttClientException("The client was disposed.");
            }

            ReadOnlySequence<byte> buffer = result.Buffer.Slice(_inHand);
            _inHand = 0;
            bool blocked = !TryProcess(ref buffer, result.Buffer.Length);
            _bufferStart += result.Buffer.Length - buffer.Length;
            if (!blocked && _end is not null)
            {
                Advance(buffer, examined: true);
                return _end;
            }

            Advance(buffer, examined: !blocked);
        }
    }

    public void Dispose() => _gathering?.Dispose();

    /// <summary>Handles the packets of the buffer; if it comes to a message that has to wait, that is where the buffer then starts.</summary>
    /// <returns>False if <see cref="_blocker"/> has to complete before the next message may be handed on.</returns>
    private bool TryProcess(ref ReadOnlySequence<byte> buffer, long end)
    {
        long streamEnd = _bufferStart + end;
        ReadOnlySequence<byte> rest = buffer;
        while (!_endRequested && Frame.TryRead(ref rest, options.MaximumPacketSize, options.Version, out Frame frame))
        {
            if (frame.Type == PacketType.Publish)
            {
                _messages++;
                if (!TryReceive(frame, buffer.Length - rest.Length))
                {
                    return false;
                }
            }
            else if (IsAnswer(frame.Type))
            {
                if (streamEnd - buffer.Length >= _answeredTo)
                {
                    TakeAnswer(frame);
                }
            }
            else
            {
                TakeOther(frame);
            }

            buffer = rest;
        }

        return true;
    }

    private bool TryReceive(in Frame frame, long size)
    {
        PublishPacket packet = PublishPacket.Read(frame, options.Version, router.Topics);
        TopicName topic = Resolve(packet);

        long sequence = 0;
        bool acknowledged = packet.QualityOfService != MqttQualityOfService.AtMostOnce;
        if (acknowledged)
        {
            switch (window.TryAdd(packet.PacketIdentifier, packet.QualityOfService, out sequence))
            {
                case Arrival.Again:
                    return true;
                case Arrival.NoRoom:
                    _blocker = options.Version == MqttProtocolVersion.V311
                        ? window.WhenRoom()
                        : throw new MqttProtocolException(
                            MqttReasonCode.ReceiveMaximumExceeded, $"The server sends more than {options.ReceiveMaximum} messages before they are acknowledged.");
                    return false;
            }
        }

        var message = new MqttMessage(router.Find(topic), packet, acknowledged ? window : null, sequence);
        ValueTask handled;
        try
        {
            handled = router.DispatchAsync(message, _closing);
            if (handled.IsCompletedSuccessfully)
            {
                handled.GetAwaiter().GetResult();
                if (acknowledged)
                {
                    window.Release(sequence);
                }

                return true;
            }
        }
        catch (Exception failure)
        {
            throw new MessageHandlerFailedException(topic.Text, failure);
        }

        _inHand = size;
        _blocker = FinishAsync(handled, topic.Text, acknowledged ? sequence : -1);
        return false;
    }

    /// <summary>The topic of a message, also if only its alias came. An alias may be given again with another topic.</summary>
    private TopicName Resolve(in PublishPacket packet)
    {
        if (packet.Properties?.TopicAlias is not { } alias)
        {
            return packet.Topic!;
        }

        if (alias > options.TopicAliasMaximum)
        {
            throw new MqttProtocolException(
                MqttReasonCode.TopicAliasInvalid, $"The server uses the topic alias {alias}; the client allows {options.TopicAliasMaximum}.");
        }

        _aliases ??= new TopicName?[options.TopicAliasMaximum + 1];
        if (packet.Topic is not null)
        {
            _aliases[alias] = packet.Topic;
        }

        return _aliases[alias] ?? throw new MqttProtocolException(MqttReasonCode.TopicAliasInvalid, $"The server uses the topic alias {alias} without having said what it means.");
    }

    private async Task FinishAsync(ValueTask handled, string topic, long sequence)
    {
        try
        {
            await handled.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            throw new MessageHandlerFailedException(topic, failure);
        }

        if (sequence >= 0)
        {
            window.Release(sequence);
        }
    }

    /// <summary>Reads on, within limits, until <paramref name="blocker"/> completes, and leaves the buffer to be read again.</summary>
    private async Task ReadAheadAsync(Task blocker)
    {
        long length = 0;
        bool waiting = !blocker.IsCompleted;
        while (waiting)
        {
            if (_end is not null || length >= _readAhead)
            {
                await StallAsync(blocker).ConfigureAwait(false);
                return;
            }

            Task<ReadResult> reading = ReadAsync().AsTask();
            await Task.WhenAny(reading, blocker).ConfigureAwait(false);
            if (!reading.IsCompleted)
            {
                reader.CancelPendingRead();
            }

            ReadResult result = await reading.ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            length = buffer.Length;
            TakeAnswersOutOfTurn(buffer);

            // Asked once: bytes that are left examined are only returned by another read here, not by the one after this method.
            waiting = !blocker.IsCompleted;
            Advance(buffer, examined: waiting && _end is null && length < _readAhead);
        }
    }

    private async Task StallAsync(Task blocker)
    {
        bool alive = _end is null;
        keepAlive.Suspended = true;
        if (alive && _readAhead > 0)
        {
            outbox.SetStalled(stalled: true);
            requests.SetStalled(stalled: true);
        }

        await Task.WhenAny(blocker).ConfigureAwait(false);
        if (alive && _readAhead > 0)
        {
            outbox.SetStalled(stalled: false);
            requests.SetStalled(stalled: false);
        }

        keepAlive.Suspended = false;
    }

    private void TakeAnswersOutOfTurn(in ReadOnlySequence<byte> buffer)
    {
        ReadOnlySequence<byte> rest = buffer.Slice(Math.Max(0, _answeredTo - _bufferStart));
        while (Frame.TryRead(ref rest, options.MaximumPacketSize, options.Version, out Frame frame))
        {
            if (IsAnswer(frame.Type))
            {
                TakeAnswer(frame);
            }
        }

        _answeredTo = _bufferStart + buffer.Length - rest.Length;
    }

    /// <summary>Reads, and turns the end of the connection into an ordinary result, so that what was received before is still handled.</summary>
    private async ValueTask<ReadResult> ReadAsync()
    {
        try
        {
            ReadResult result = await reader.ReadAsync().ConfigureAwait(false);
            if (!result.IsCanceled)
            {
                keepAlive.Received();
            }

            if (result.IsCompleted)
            {
                End(new MqttClientException("The server closed the connection."));
            }

            return result;
        }
        catch (Exception broken)
        {
            // What had been received stays in the reader's buffer, and is all that comes.
            End(new MqttClientException($"The connection was lost: {broken.Message}", broken));
            return new ReadResult(_remaining, isCanceled: false, isCompleted: true);
        }
    }

    /// <summary>
    /// Gives the bytes before <paramref name="remaining"/> back. Those left have to be unexamined if the next read shall return them even though
    /// nothing was added.
    /// </summary>
    private void Advance(in ReadOnlySequence<byte> remaining, bool examined)
    {
        _remaining = remaining;
        reader.AdvanceTo(remaining.Start, examined ? remaining.End : remaining.Start);
    }

    private void End(Exception reason)
    {
        if (_end is null)
        {
            _end = reason;
            lost(reason);
        }
    }

    private void TakeAnswer(in Frame frame)
    {
        switch (frame.Type)
        {
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubComp:
                outbox.Acknowledged(AcknowledgePacket.Read(frame, options.Version));
                break;
            case PacketType.PingResp:
                PingPacket.Read(frame);
                break;
            default:
                requests.Answer(SubAckPacket.Read(frame, options.Version));
                break;
        }
    }

    private void TakeOther(in Frame frame)
    {
        if (frame.Type == PacketType.Auth && reauthentication is not null)
        {
            reauthentication.Take(AuthPacket.Read(frame, options.Version));
            return;
        }

        if (frame.Type == PacketType.PubRel)
        {
            window.Released(AcknowledgePacket.Read(frame, options.Version).PacketIdentifier);
            return;
        }

        if (frame.Type != PacketType.Disconnect || options.Version != MqttProtocolVersion.V500)
        {
            throw MqttProtocolException.Violation($"The server sends {frame.Type}, which is not its turn.");
        }

        DisconnectPacket packet = DisconnectPacket.Read(frame, options.Version);
        End(MqttRefusedException.Of("ended the connection", packet.ReasonCode, packet.Properties));
    }

    private static bool IsAnswer(PacketType type) =>
        type is PacketType.PubAck or PacketType.PubRec or PacketType.PubComp or PacketType.SubAck or PacketType.UnsubAck or PacketType.PingResp;
}
