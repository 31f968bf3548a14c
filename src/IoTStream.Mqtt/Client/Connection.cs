using System.IO.Pipelines;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>One connection to the server, from CONNECT to its end: a loop that sends, a loop that receives and a timer.</summary>
internal sealed class Connection : IDisposable
{
    // How long the other end may take to accept a good-bye.
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(2);
    private readonly MqttClientOptions _options;
    private readonly Outbox _outbox;
    private readonly Router _router;
    private readonly Transport _transport;
    private readonly PipeReader _reader;
    private readonly KeepAlive _keepAlive;
    private readonly Receiver _receiver;
    private readonly Requests _requests = new();
    private readonly InboundWindow _window;
    private readonly Reauthentication? _reauthentication;
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Connection(
        MqttClientOptions options,
        Outbox outbox,
        ReceivedMessages received,
        Router router,
        Transport transport,
        PipeReader reader,
        ConnAckPacket answer,
        Task previous,
        CancellationToken closing)
    {
        _options = options;
        _outbox = outbox;
        _transport = transport;
        _reader = reader;
        _router = router;
        _window = new InboundWindow(options.ReceiveMaximum, countsUnreleased: options.Version == MqttProtocolVersion.V500, outbox, received);
        SessionPresent = answer.SessionPresent;
        AssignedClientIdentifier = answer.Properties?.AssignedClientIdentifier;
        TimeSpan keepAlive = answer.Properties?.ServerKeepAlive is { } seconds ? TimeSpan.FromSeconds(seconds) : options.KeepAlive;
        _keepAlive = new KeepAlive(
            keepAlive, options.TimeProvider, outbox, () => Abort(new MqttClientException("The server is silent and does not answer a ping.")));
        _reauthentication = options.Authentication is { } authentication ? new Reauthentication(authentication, outbox, Abort, closing) : null;
        _receiver = new Receiver(options, reader, outbox, router, _window, _requests, _keepAlive, Abort, answer.SessionPresent ? null : received.Forget, _reauthentication);
        outbox.Open(ServerLimits.Of(answer.Properties), answer.SessionPresent);
        Sending = SendAsync();

        // Not on this thread: handlers of what has arrived already would run before the connection is there.
        Completed = Task.Run(() => ReceiveAsync(previous, closing), CancellationToken.None);
    }

    public bool SessionPresent { get; }

    public string? AssignedClientIdentifier { get; }

    /// <summary>Completes with the reason when the connection is no longer of use.</summary>
    public Task<Exception> Lost => _lost.Task;

    /// <summary>Completes when, after that, nothing is taken from the outbox any more.</summary>
    public Task Sending { get; }

    /// <summary>Completes when, after that, all messages that had been received are handled and all resources are released.</summary>
    public Task Completed { get; }

    /// <summary>Opens a connection.</summary>
    /// <param name="options">How.</param>
    /// <param name="request">The packet to open it with.</param>
    /// <param name="outbox">What is to be sent.</param>
    /// <param name="received">The messages with QoS 2 that have been received in the session.</param>
    /// <param name="router">Where messages go.</param>
    /// <param name="previous">No message is handed on before this completes: an earlier connection's message may still be in hand.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <param name="closing">Cancelled when the client is disposed.</param>
    public static async Task<Connection> OpenAsync(
        MqttClientOptions options,
        ConnectPacket request,
        Outbox outbox,
        ReceivedMessages received,
        Router router,
        Task previous,
        CancellationToken cancellationToken,
        CancellationToken closing)
    {
        Transport transport = await Transport.ConnectAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            // While a client waits it holds no buffer, unless it is a source's, which is there to receive; a WebSocket cannot wait without one.
            bool waitsEmpty = options.ReadsAhead && options.WebSocketPath is null;
            PipeReader reader = PipeReader.Create(
                transport.Stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true, useZeroByteReads: waitsEmpty));
            ConnAckPacket answer = await Handshake
                .PerformAsync(transport.Stream, reader, request, options.Authentication, options.MaximumPacketSize, cancellationToken).ConfigureAwait(false);
            return new Connection(options, outbox, received, router, transport, reader, answer, previous, closing);
        }
        catch
        {
            transport.Dispose();
            throw;
        }
    }

    /// <summary>Makes a subscription and waits for the server's answer.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="isRestored">Whether it may be part of the session already: then retained messages are not asked for again (5.0).</param>
    /// <exception cref="MqttRefusedException">The server does not grant it.</exception>
    public async Task SubscribeAsync(MqttSubscription subscription, bool isRestored)
    {
        Task<SubAckPacket> answer = _requests.Add(Receiver.IsHandlerOf(_router), out ushort identifier);
        if (identifier != 0)
        {
            _outbox.Write(subscription.ToPacket(identifier, isRestored));
        }

        SubAckPacket packet = await answer.ConfigureAwait(false);
        try
        {
            subscription.Accept(packet);
        }
        catch (MqttProtocolException violation)
        {
            Abort(violation);
            throw;
        }
    }

    /// <summary>Ends subscriptions and waits for the server's answer.</summary>
    public Task UnsubscribeAsync(IReadOnlyList<string> filters, IReadOnlyList<MqttUserProperty>? properties)
    {
        Task<SubAckPacket> answer = _requests.Add(Receiver.IsHandlerOf(_router), out ushort identifier);
        if (identifier != 0)
        {
            _outbox.Write(new UnsubscribePacket(identifier, filters, properties is { Count: > 0 } ? new PacketProperties { UserProperties = [.. properties] } : null));
        }

        return answer;
    }

    /// <summary>Authenticates anew, and waits for the server's consent.</summary>
    /// <exception cref="MqttClientException">There is no method for it, or the connection was lost.</exception>
    public Task ReauthenticateAsync() => _reauthentication?.BeginAsync()
        ?? throw new MqttClientException("The client has no method to authenticate with: set MqttClientOptions.Authentication.");

    /// <summary>Ends the connection with a good-bye, as far as the server takes it within a time limit.</summary>
    public async Task CloseAsync()
    {
        try
        {
            _receiver.RequestEnd();
            await WithinLimitAsync(Completed).ConfigureAwait(false);
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose() => Abort(new MqttClientException("The client was disposed."));

    /// <summary>Ends the connection at once.</summary>
    public void Abort(Exception reason)
    {
        if (_lost.TrySetResult(reason))
        {
            _keepAlive.Dispose();
            _window.Close();
            _requests.Fail(new MqttClientException("The connection was lost before the server answered.", reason));
            _reauthentication?.Fail(new MqttClientException("The connection was lost before the server answered.", reason));
            _outbox.Finish(farewell: null);
            _transport.Dispose();
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (await _outbox.WaitForBytesAsync().ConfigureAwait(false))
            {
                await _transport.Stream.WriteAsync(_outbox.Take()).ConfigureAwait(false);
                _keepAlive.Sent();
            }
        }
        catch (Exception broken)
        {
            Abort(new MqttClientException($"The connection was lost while sending: {broken.Message}", broken));
        }
    }

    private async Task ReceiveAsync(Task previous, CancellationToken closing)
    {
        Exception reason;
        DisconnectPacket? farewell = null;
        try
        {
            reason = await _receiver.RunAsync(previous, closing).ConfigureAwait(false);
            farewell = closing.IsCancellationRequested ? _outbox.Farewell : null;
        }
        catch (MqttProtocolException violation)
        {
            reason = violation;
            farewell = _options.Version == MqttProtocolVersion.V500 ? new DisconnectPacket(violation.ReasonCode) : null;
        }
        catch (Exception failure)
        {
            reason = failure;
            farewell = failure is MessageHandlerFailedException ? new DisconnectPacket(MqttReasonCode.Success) : null;
        }

        if (farewell is not null)
        {
            await SayFarewellAsync(farewell).ConfigureAwait(false);
        }

        Abort(reason);
        await Sending.ConfigureAwait(false);
        await _receiver.Idle.ConfigureAwait(false);
        await _reader.CompleteAsync().ConfigureAwait(false);
        _receiver.Dispose();
    }

    private async Task SayFarewellAsync(DisconnectPacket farewell)
    {
        _outbox.Finish(farewell);
        await WithinLimitAsync(Sending).ConfigureAwait(false);

        // A socket that is closed while it holds unread bytes is reset, and a reset can overtake the good-bye.
        await WithinLimitAsync(_transport.EndSendingAsync(CancellationToken.None)).ConfigureAwait(false);
        await WithinLimitAsync(DiscardAsync()).ConfigureAwait(false);
    }

    private async Task DiscardAsync()
    {
        try
        {
            ReadResult result;
            do
            {
                result = await _reader.ReadAsync().ConfigureAwait(false);
                _reader.AdvanceTo(result.Buffer.End);
            }
            while (!result.IsCompleted && !result.IsCanceled);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The end of the connection is all that was waited for.
        }
    }

    private async Task WithinLimitAsync(Task task)
    {
        try
        {
            await task.WaitAsync(FarewellLimit, _options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Then the connection ends without it.
        }
    }
}
