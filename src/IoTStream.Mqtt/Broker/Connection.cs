using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>A client's connection from its acceptance to its end. One task runs it; <see cref="Close"/> may come from any thread.</summary>
internal sealed class Connection(Transport transport, BrokerContext context) : IAsyncDisposable
{
    // One read takes what a busy publisher sends in a few hundred microseconds; a quiet connection holds no buffer at all.
    private static readonly StreamPipeReaderOptions ReaderOptions = new(
        bufferSize: 64 * 1024, minimumReadSize: 8 * 1024, leaveOpen: true, useZeroByteReads: true);

    private readonly Transport _transport = transport;
    private readonly CancellationTokenSource _closing = new();
    private readonly List<Outbox> _written = [];
    private int _closeReason;
    private bool _isLetIn;
    private MqttProtocolVersion? _version;
    private Outbox? _outbox;
    private Task _sending = Task.CompletedTask;
    private ClientHandler? _handler;
    private TimeSpan _silenceLimit = TimeSpan.MaxValue;
    private long _lastHeardTicks;
    private long _partialSinceTicks = long.MaxValue;
    private long _partialBytes;
    private volatile bool _isWaiting;
    private volatile bool _isDecided;

    private delegate T PacketReading<T>(in Frame frame);

    /// <summary>Whether an exception says no more than that the connection is gone.</summary>
    public static bool IsLoss(Exception e) =>
        e is IOException or InvalidDataException or SocketException or WebSocketException
            or ObjectDisposedException or OperationCanceledException or AuthenticationException;

    /// <summary>Ends the connection as soon as may be, telling a 5.0 client why. Returns at once; the first reason counts.</summary>
    public void Close(MqttReasonCode reasonCode)
    {
        if (Interlocked.CompareExchange(ref _closeReason, (int)reasonCode, 0) == 0)
        {
            try
            {
                _closing.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has come to its end by itself.
            }
        }
    }

    /// <summary>Whether it has been let in, or has ended without.</summary>
    public bool IsDecided => _isDecided;

    /// <summary>Closes the connection if the client has been silent for too long (section 3.1.2.10).</summary>
    public void CheckKeepAlive(TimeSpan now)
    {
        // While the broker itself does not read, the client's silence is the broker's.
        if (!_isWaiting && now - TimeSpan.FromTicks(Volatile.Read(ref _lastHeardTicks)) > _silenceLimit)
        {
            Close(MqttReasonCode.KeepAliveTimeout);
        }

        long since = Volatile.Read(ref _partialSinceTicks);
        if (!_isWaiting && since != long.MaxValue && now.Ticks - since > context.Options.PacketTimeout.Ticks)
        {
            Close(MqttReasonCode.UnspecifiedError);
        }
    }

    /// <summary>Lets go of what is held only to be quick, if nothing has been sent since the last call.</summary>
    public void Trim() => _outbox?.Trim();

    /// <summary>Serves the client until it goes or is sent away. Does not throw.</summary>
    public async Task RunAsync()
    {
        MqttReasonCode? farewell = null;
        PipeReader? reader = null;
        try
        {
            using (var limit = new CancellationTokenSource(context.Options.ConnectTimeout, context.Clock.Provider))
            using (var connecting = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _closing.Token))
            {
                if (await _transport.BeginAsync(connecting.Token).ConfigureAwait(false))
                {
                    reader = PipeReader.Create(_transport.Stream, ReaderOptions);
                    await LetInAsync(reader, connecting.Token).ConfigureAwait(false);
                }
            }

            if (reader is not null && _handler is not null)
            {
                await ServeAsync(reader, _handler).ConfigureAwait(false);
            }
        }
        catch (MqttProtocolException e)
        {
            farewell = e.ReasonCode;
            context.Counters.CountProtocolError();
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The client, or Close, has ended the connection.
        }
        catch (Exception)
        {
            // A fault of the broker costs one connection, not all of them; the count tells that there was one.
            farewell = MqttReasonCode.ImplementationSpecificError;
            context.Counters.CountFault();
        }

        await EndAsync(reader, farewell ?? (MqttReasonCode?)Volatile.Read(ref _closeReason)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private async ValueTask LetInAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        ConnectPacket connect = await ReadConnectAsync(reader, cancellationToken).ConfigureAwait(false);
        _version = connect.Version;
        uint maximumPacketSize = Math.Min(connect.Properties?.MaximumPacketSize ?? int.MaxValue, int.MaxValue);
        int aliases = Math.Min((int)(connect.Properties?.TopicAliasMaximum ?? 0), Admission.TopicAliasMaximum);
        _outbox = new Outbox(_transport.Stream, connect.Version, (int)maximumPacketSize, aliases, context);
        _sending = _outbox.SendAsync();

        var admission = new Admission(context);
        string clientIdentifier = Admission.ClientIdentifierOf(connect);
        MqttConnectRequest request = Admission.RequestOf(connect, clientIdentifier, _transport);
        var authorization = new Authorization(request, context);
        Authenticator? authenticator = admission.AuthenticatorOf(connect, request);
        PacketProperties? authentication = null;
        MqttReasonCode decision = await admission.DecideAsync(connect, request, authorization, authenticator is null ? null : ExchangeAsync, cancellationToken)
            .ConfigureAwait(false);
        if (decision != MqttReasonCode.Success)
        {
            Write(Admission.Refuse(decision, request));
            return;
        }

        async ValueTask<MqttReasonCode> ExchangeAsync(CancellationToken limit)
        {
            (MqttReasonCode code, authentication) = await AuthenticateAsync(reader, authenticator, connect, limit).ConfigureAwait(false);
            return code;
        }

        // The stages so far were limited; what follows does not wait for the client.
        cancellationToken.ThrowIfCancellationRequested();
        if (context.Sessions.Open(clientIdentifier, connect.CleanStart, admission.SessionExpiry(connect), this) is not { } opened)
        {
            Write(new ConnAckPacket(MqttReasonCode.QuotaExceeded));
            return;
        }

        if (opened.IsPresent)
        {
            authorization.Review(opened.Session);
        }

        if (!await IsStoredAsync(opened.Session, admission.SessionExpiry(connect), cancellationToken).ConfigureAwait(false))
        {
            Write(new ConnAckPacket(MqttReasonCode.ServerUnavailable));
            return;
        }

        context.Partial.TryHold(ref _partialBytes, 0, isLetIn: false);
        _isLetIn = true;
        Decide();
        context.Connections.CountEstablished(1);
        _handler = new ClientHandler(connect, opened.Session, _outbox, admission.SessionExpiry(connect), authorization, authenticator, _written, context);
        int keepAlive = admission.KeepAlive(connect);
        _silenceLimit = keepAlive == 0 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(keepAlive * 1.5);
        Volatile.Write(ref _lastHeardTicks, context.Clock.Now.Ticks);
        Write(admission.Accept(connect, clientIdentifier, opened.IsPresent, authentication));
        int inflight = Math.Min(connect.Properties?.ReceiveMaximum ?? ushort.MaxValue, context.Options.MaxInflightMessages);
        opened.Session.Attach(this, _outbox, inflight, _written);
        Router.Flush(_written);
    }

    /// <summary>Waits until a session that is to be stored is; false if that fails.</summary>
    private async ValueTask<bool> IsStoredAsync(Session session, TimeSpan expiry, CancellationToken cancellationToken)
    {
        if (context.Journal is not { } journal || session.StoredAs == 0)
        {
            return true;
        }

        try
        {
            await journal.WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (JournalFailedException)
        {
            context.Sessions.Leave(session, this, expiry, will: null);
            return false;
        }
        catch
        {
            context.Sessions.Leave(session, this, expiry, will: null);
            throw;
        }
    }

    private ValueTask<ConnectPacket> ReadConnectAsync(PipeReader reader, CancellationToken cancellationToken) => ReadPacketAsync(
        reader,
        (in Frame frame) =>
        {
            if (frame.Type != PacketType.Connect)
            {
                throw MqttProtocolException.Violation($"The first packet is {frame.Type} instead of CONNECT.");
            }

            _version = ConnectPacket.PeekVersion(frame);
            return ConnectPacket.Read(frame, context.Topics);
        },
        cancellationToken);

    /// <summary>Exchanges challenges and responses with the client until it is accepted or refused (section 4.12).</summary>
    /// <returns>The decision, and what CONNACK is to say of it.</returns>
    private async ValueTask<(MqttReasonCode Decision, PacketProperties? Properties)> AuthenticateAsync(
        PipeReader reader, Authenticator authenticator, ConnectPacket connect, CancellationToken cancellationToken)
    {
        MqttAuthenticationResult result = await authenticator.BeginAsync(connect.Properties, cancellationToken).ConfigureAwait(false);
        while (result.ReasonCode == MqttReasonCode.ContinueAuthentication)
        {
            var challenge = new AuthPacket(result.ReasonCode, authenticator.PropertiesOf(result));
            _outbox!.Write(challenge, static (auth, output, _) => auth.Write(output), _written);
            Router.Flush(_written);
            AuthPacket answer = await ReadPacketAsync(reader, ReadAnswer, cancellationToken).ConfigureAwait(false);
            result = await authenticator.NextAsync(answer, mayBegin: false, cancellationToken).ConfigureAwait(false);
        }

        return (result.ReasonCode, authenticator.PropertiesOf(result));

        AuthPacket ReadAnswer(in Frame frame) => frame.Type switch
        {
            PacketType.Auth => AuthPacket.Read(frame, connect.Version),
            PacketType.Disconnect => throw new EndOfStreamException("The client left before it was let in."),
            _ => throw MqttProtocolException.Violation($"A {frame.Type} packet comes before the end of the authentication."),
        };
    }

    private async ValueTask<T> ReadPacketAsync<T>(PipeReader reader, PacketReading<T> read, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (Frame.TryRead(ref buffer, context.Options.MaximumPacketSize, _version, out Frame frame))
            {
                T packet = read(frame);
                reader.AdvanceTo(buffer.Start);
                return packet;
            }

            HoldPartial(buffer.Length, isLetIn: false);
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                throw new EndOfStreamException("The client left before it was let in.");
            }
        }
    }

    private void HoldPartial(long bytes, bool isLetIn)
    {
        if (!context.Partial.TryHold(ref _partialBytes, bytes, isLetIn))
        {
            throw new MqttProtocolException(MqttReasonCode.QuotaExceeded, "Too much memory is taken by packets that have not come as a whole.");
        }
    }

    private void Decide()
    {
        if (!_isDecided)
        {
            _isDecided = true;
            context.Connections.CountDecided();
        }
    }

    private async Task ServeAsync(PipeReader reader, ClientHandler handler)
    {
        CancellationToken closing = _closing.Token;
        while (!handler.HasLeft)
        {
            ReadResult result = await reader.ReadAsync(closing).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            bool heard = false;
            try
            {
                while (!handler.HasLeft
                    && Frame.TryRead(ref buffer, context.Options.MaximumPacketSize, _version, out Frame frame))
                {
                    heard = true;
                    ValueTask handled = handler.HandleAsync(frame, closing);
                    if (!handled.IsCompletedSuccessfully)
                    {
                        await WaitAsync(handled).ConfigureAwait(false);
                    }
                }
            }
            finally
            {
                handler.CountReceived();
                Router.Flush(_written);
            }

            if (handler.OwesAnswers)
            {
                await WaitAsync(handler.AnswerAsync(closing)).ConfigureAwait(false);
            }

            if (heard)
            {
                Volatile.Write(ref _lastHeardTicks, context.Clock.Now.Ticks);
            }

            if (!_outbox!.HasRoomForAnswers(out Task? room))
            {
                await WaitAsync(WaitForReaderAsync(room, closing)).ConfigureAwait(false);
            }

            NotePartial(buffer.Length, heard);
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    // Nothing is to be done in the common case that whole packets come.
    private void NotePartial(long bytes, bool heard)
    {
        if (bytes == 0)
        {
            if (_partialBytes != 0)
            {
                HoldPartial(0, isLetIn: true);
                Volatile.Write(ref _partialSinceTicks, long.MaxValue);
            }

            return;
        }

        HoldPartial(bytes, isLetIn: true);
        if (heard || _partialSinceTicks == long.MaxValue)
        {
            Volatile.Write(ref _partialSinceTicks, context.Clock.Now.Ticks);
        }
    }

    private async ValueTask WaitAsync(ValueTask task)
    {
        _isWaiting = true;
        await task.ConfigureAwait(false);
        long now = context.Clock.Now.Ticks;
        Volatile.Write(ref _lastHeardTicks, now);
        if (_partialSinceTicks != long.MaxValue)
        {
            Volatile.Write(ref _partialSinceTicks, now);
        }

        _isWaiting = false;
    }

    private async ValueTask WaitForReaderAsync(Task room, CancellationToken cancellationToken)
    {
        try
        {
            await room.WaitAsync(context.Options.SlowConsumerTimeout, context.Clock.Provider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Close(MqttReasonCode.QuotaExceeded);
        }
    }

    private async Task EndAsync(PipeReader? reader, MqttReasonCode? reason)
    {
        // A loss of the connection has no reason, and one that was never let in has nothing to leave.
        bool saysWhy = reason is not null and not MqttReasonCode.Success;
        if (_isLetIn)
        {
            // Nothing may follow a DISCONNECT (section 3.14.4), so deliveries end first.
            _handler!.Leave(this);
            context.Connections.CountEstablished(-1);
            if (saysWhy && _version == MqttProtocolVersion.V500)
            {
                MqttReasonCode code = ReasonCodes.IsAllowed(PacketType.Disconnect, reason!.Value)
                    ? reason.Value
                    : MqttReasonCode.ProtocolError;
                _outbox!.Write(new DisconnectPacket(code), static (packet, output, version) => packet.Write(output, version), _written);
            }
        }
        else if (saysWhy && _outbox is null && Admission.Refusal(_version ?? MqttProtocolVersion.V311, reason!.Value) is { } refusal)
        {
            _outbox = new Outbox(_transport.Stream, _version ?? MqttProtocolVersion.V311, int.MaxValue, topicAliasMaximum: 0, context);
            _sending = _outbox.SendAsync();
            Write(refusal);
        }

        Decide();
        context.Partial.TryHold(ref _partialBytes, 0, _isLetIn);
        _outbox?.Complete();
        bool sent = await _transport.WaitBrieflyAsync(_sending).ConfigureAwait(false);
        if (sent)
        {
            await _transport.EndAsync().ConfigureAwait(false);
        }

        if (sent && saysWhy && reason != MqttReasonCode.ServerShuttingDown)
        {
            await _transport.DrainAsync().ConfigureAwait(false);
        }

        await _transport.DisposeAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (reader is not null)
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private void Write(ConnAckPacket packet)
    {
        _outbox!.Write(packet, static (connAck, output, version) => connAck.Write(output, version), _written);
        Router.Flush(_written);
    }
}
