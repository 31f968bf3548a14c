using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using IoTStream.Mqtt.Client;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt;

/// <summary>
/// An MQTT 3.1.1 and 5.0 client. Once connected it stays so: a lost connection is replaced, its subscriptions are made again, and messages
/// with QoS 1 and 2 that the server has not acknowledged are sent again.
/// </summary>
/// <remarks>
/// Thread-safe. Nothing blocks and every queue is bounded: who publishes waits when the server does not keep up or there is no
/// connection, and the server waits when a message handler does not keep up. Sources: OASIS MQTT Version 5.0 and 3.1.1.
/// </remarks>
public sealed class MqttClient : IAsyncDisposable
{
    private readonly ConcurrentQueue<PublishCompletion> _completions = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _lock = new();
    private readonly TopicNames _topics = new();
    private readonly Router _router = new();
    private readonly Outbox _outbox;
    private readonly Supervisor _supervisor;
    private readonly bool _retriesFirst;
    private readonly MqttProtocolVersion _version;
    private readonly bool _propagates;
    private Task? _running;
    private bool _connected;
    private bool _disposed;
    private int _waiting;

    /// <summary>Creates a client, which does nothing before <see cref="ConnectAsync"/>.</summary>
    /// <param name="options">Where and how it connects.</param>
    /// <exception cref="ArgumentException">An option is not valid; the message says which and what it has to be.</exception>
    public MqttClient(MqttClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _retriesFirst = options.Reconnect.RetryFirst;
        _version = options.Version;
        _propagates = options.PropagateTraceContext && options.Version == MqttProtocolVersion.V500;
        _outbox = new Outbox(options.Version, options.SendBuffer, options.MaximumInFlight, options.UseTopicAliases);
        _supervisor = new Supervisor(options, _outbox, Received, _router, _closing.Token);
    }

    /// <summary>Whether there is a connection at present.</summary>
    public bool IsConnected => _supervisor.Connection is not null;

    /// <summary>Messages that were received but matched no subscription; they are acknowledged and dropped.</summary>
    public long UnhandledMessages => _router.Unhandled;

    /// <summary>
    /// Completes when the client is disposed. Fails with an <see cref="MqttClientException"/> when it gives up: the server refuses it, a message
    /// handler threw, or the attempts of <see cref="MqttReconnectOptions.MaximumAttempts"/> are used up.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Completes when it is known how the first attempt to connect and subscribe has ended, whichever way.</summary>
    internal Task FirstAttempt => _supervisor.FirstAttempt;

    /// <summary>
    /// Connects, makes the subscriptions that <c>SubscribeAsync</c> has prepared, and from then on keeps the client connected. May be called again
    /// only if it failed and <see cref="MqttReconnectOptions.RetryFirst"/> is off.
    /// </summary>
    /// <param name="cancellationToken">Ends the attempt; without effect once connected.</param>
    /// <exception cref="MqttRefusedException">The server refuses the client or a subscription; the reason code says why.</exception>
    /// <exception cref="MqttClientException">There is no connection for another reason.</exception>
    /// <exception cref="InvalidOperationException">The client is connecting or has been connected already.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connected || _running is { IsCompleted: false })
            {
                throw new InvalidOperationException("The client is connected already, or about to be, and stays connected by itself.");
            }

            _running = Task.Run(() => RunAsync(connected, cancellationToken), CancellationToken.None);
        }

        return connected.Task;
    }

    /// <summary>Publishes a message.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="payload">The payload; it is copied before the task completes.</param>
    /// <param name="qualityOfService">QoS 0, the default, 1 or 2.</param>
    /// <param name="retain">Whether the server keeps the message for later subscribers (section 3.3.1.3); default false.</param>
    /// <param name="cancellationToken">
    /// Ends the waiting. A message with QoS 1 or 2 that has been sent may be delivered all the same.
    /// </param>
    /// <returns>
    /// Completes, with QoS 0, when the message is in the send buffer; with QoS 1 when the server has acknowledged it (PUBACK); with QoS 2 when it
    /// has done so for good (PUBCOMP). Await it once. If the server forgets the session meanwhile, what it has not acknowledged is sent again as a new message.
    /// </returns>
    /// <exception cref="ArgumentException">The topic name is not valid.</exception>
    /// <exception cref="MqttRefusedException">The server refused the message (5.0).</exception>
    /// <exception cref="MqttClientException">The client has given up or was disposed, or the message is too large for the server.</exception>
    public ValueTask PublishAsync(
        string topic,
        ReadOnlyMemory<byte> payload,
        MqttQualityOfService qualityOfService = MqttQualityOfService.AtMostOnce,
        bool retain = false,
        CancellationToken cancellationToken = default)
    {
        return PublishAsync(CreatePacket(topic, payload, qualityOfService, retain), cancellationToken);
    }

    /// <summary>Publishes a message with properties of MQTT 5.0.</summary>
    /// <param name="publication">The message; its payload is copied before the task completes.</param>
    /// <param name="cancellationToken">
    /// Ends the waiting. A message with QoS 1 or 2 that has been sent may be delivered all the same.
    /// </param>
    /// <returns>Completes as for <see cref="PublishAsync(string, ReadOnlyMemory{byte}, MqttQualityOfService, bool, CancellationToken)"/>. Await it once.</returns>
    /// <exception cref="ArgumentException">A topic name or a property is not valid.</exception>
    /// <exception cref="MqttRefusedException">The server refused the message (5.0).</exception>
    /// <exception cref="MqttClientException">The client has given up or was disposed, or the message is too large for the server.</exception>
    public ValueTask PublishAsync(MqttPublication publication, CancellationToken cancellationToken = default) => PublishAsync(CreatePacket(publication), cancellationToken);

    private ValueTask PublishAsync(in PublishPacket packet, CancellationToken cancellationToken) =>
        _propagates && (MessageTracing.IsOn || Activity.Current is not null) ? PublishTracedAsync(packet, cancellationToken) : PublishUntracedAsync(packet, cancellationToken);

    private async ValueTask PublishTracedAsync(PublishPacket packet, CancellationToken cancellationToken)
    {
        using Activity? activity = MessageTracing.StartPublishing("publish", packet.Topic!.Text);
        activity?.SetTag("messaging.message.body.size", packet.Payload.Length);
        try
        {
            await PublishUntracedAsync(MessageTracing.WithContext(packet, activity ?? Activity.Current), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            MessageTracing.Fail(activity, exception);
            throw;
        }
    }

    private ValueTask PublishUntracedAsync(in PublishPacket packet, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _running) is null && !Volatile.Read(ref _disposed))
        {
            throw new InvalidOperationException("The client does not connect before ConnectAsync is called: a message would wait for ever.");
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (packet.QualityOfService == MqttQualityOfService.AtMostOnce)
        {
            return SendAsync(packet, delivery: null, cancellationToken);
        }

        PublishCompletion completion = PublishCompletion.Rent(_completions);
        completion.FromHandler = Receiver.IsHandlerOf(_router);
        ValueTask sent = SendAsync(packet, completion, cancellationToken);
        return sent.IsCompletedSuccessfully ? completion.AsTask(cancellationToken) : AwaitBothAsync(sent, completion, cancellationToken);
    }

    /// <summary>
    /// Subscribes to topic filters (section 4.7). Before <see cref="ConnectAsync"/> it only prepares the subscription, so that nothing is missed of a
    /// session that the server has kept; afterwards it waits for the server's consent.
    /// </summary>
    /// <param name="filters">The topic filters, at least one; wildcards and <c>$share/NAME/FILTER</c> (5.0) may be used.</param>
    /// <param name="handler">Handles the messages.</param>
    /// <param name="qualityOfService">The highest quality of service to receive with; default QoS 1.</param>
    /// <param name="cancellationToken">Ends the waiting, and the subscription.</param>
    /// <returns>The subscription; dispose it to end it. If filters of several overlap, the server may send a message once for each.</returns>
    /// <exception cref="ArgumentException">A filter is not valid, or there is none.</exception>
    /// <exception cref="MqttRefusedException">The server refused a filter; then none of them is subscribed to.</exception>
    /// <exception cref="MqttClientException">The client has given up or was disposed.</exception>
    public Task<MqttSubscription> SubscribeAsync(
        IReadOnlyList<string> filters,
        MqttMessageHandler handler,
        MqttQualityOfService qualityOfService = MqttQualityOfService.AtLeastOnce,
        CancellationToken cancellationToken = default) =>
        SubscribeAsync(filters, handler, new MqttSubscribeOptions { QualityOfService = qualityOfService }, cancellationToken);

    /// <summary>
    /// Subscribes to topic filters with options of MQTT 5.0. See <see cref="SubscribeAsync(IReadOnlyList{string}, MqttMessageHandler, MqttQualityOfService, CancellationToken)"/>.
    /// </summary>
    /// <param name="filters">The topic filters, at least one; wildcards and <c>$share/NAME/FILTER</c> (5.0) may be used.</param>
    /// <param name="handler">Handles the messages.</param>
    /// <param name="options">How it subscribes to each of the filters.</param>
    /// <param name="cancellationToken">Ends the waiting, and the subscription.</param>
    /// <returns>The subscription; dispose it to end it.</returns>
    /// <exception cref="ArgumentException">A filter or an option is not valid, or there is no filter.</exception>
    /// <exception cref="MqttRefusedException">The server refused a filter; then none of them is subscribed to.</exception>
    /// <exception cref="MqttClientException">The client has given up or was disposed.</exception>
    public async Task<MqttSubscription> SubscribeAsync(
        IReadOnlyList<string> filters, MqttMessageHandler handler, MqttSubscribeOptions options, CancellationToken cancellationToken = default)
    {
        CheckFilters(filters);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(filters, _version);
        cancellationToken.ThrowIfCancellationRequested();
        var subscription = new MqttSubscription(this, filters, options, handler);
        Connection? connection = _supervisor.Add(subscription);
        bool isPrepared;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            isPrepared = _running is null or { IsCompleted: true } && !_connected;
        }

        if (!isPrepared)
        {
            await MakeAsync(subscription, connection, cancellationToken).ConfigureAwait(false);
        }

        return subscription;
    }

    /// <summary>Authenticates anew on the present connection (5.0, section 4.12.1), for example because a credential is about to expire.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Completes when the server has consented. If it does not, it ends the connection, and the client makes another.</returns>
    /// <exception cref="MqttClientException">
    /// There is no connection, it was lost, or <see cref="MqttClientOptions.Authentication"/> is not set.
    /// </exception>
    public Task ReauthenticateAsync(CancellationToken cancellationToken = default) => _supervisor.Connection is { } connection
        ? connection.ReauthenticateAsync().WaitAsync(cancellationToken)
        : throw new MqttClientException("There is no connection to authenticate on.");

    /// <summary>
    /// Sends what is in the send buffer, says good-bye and closes the connection, within about two seconds. Messages with QoS 1 or 2 that
    /// are not acknowledged are not waited for; their tasks fail. In a message handler it does not wait for the handler.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (_lock)
        {
            _disposed = true;
            running = _running;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        _supervisor.RequestClose();
        End(new MqttClientException("The client was disposed."), failed: false);
        if (running is not null && !Receiver.IsHandlerOf(_router))
        {
            await running.ConfigureAwait(false);
        }
    }

    /// <summary>Ends the connection with a good-bye that says more than that of <see cref="DisposeAsync"/>, and the client with it.</summary>
    /// <param name="options">What it says (5.0).</param>
    /// <returns>Completes as <see cref="DisposeAsync"/> does.</returns>
    /// <exception cref="ArgumentException">An option is not valid, or the client speaks MQTT 3.1.1.</exception>
    public ValueTask DisconnectAsync(MqttDisconnectOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        MqttClientOptions.Check(_version == MqttProtocolVersion.V500, nameof(MqttDisconnectOptions), "need MQTT 5.0");
        _outbox.Farewell = options.ToPacket();
        return DisposeAsync();
    }

    /// <summary>The messages with QoS 2 that are between PUBLISH and PUBREL.</summary>
    internal ReceivedMessages Received { get; } = new();

    internal static void CheckFilters(IReadOnlyList<string> filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        if (filters.Count == 0)
        {
            throw new ArgumentException("There has to be at least one topic filter.", nameof(filters));
        }

        foreach (string filter in filters)
        {
            if (TopicFilter.FindFault(filter) is { } fault)
            {
                throw new ArgumentException(fault, nameof(filters));
            }
        }
    }

    internal static void CheckQualityOfService(MqttQualityOfService qualityOfService)
    {
        if (!Enum.IsDefined(qualityOfService))
        {
            throw new ArgumentOutOfRangeException(nameof(qualityOfService), qualityOfService, "The quality of service has to be one of the enumeration: QoS 0, 1 or 2.");
        }
    }

    internal PublishPacket CreatePacket(
        string topic, ReadOnlyMemory<byte> payload, MqttQualityOfService qualityOfService, bool retain, PacketProperties? properties = null)
    {
        ArgumentNullException.ThrowIfNull(topic);
        CheckQualityOfService(qualityOfService);
        return new PublishPacket
        {
            Topic = _topics.Get(topic),
            Payload = new ReadOnlySequence<byte>(payload),
            QualityOfService = qualityOfService,
            Retain = retain,
            Properties = properties,
        };
    }

    /// <exception cref="ArgumentException">It is not a valid topic name.</exception>
    internal TopicName NameOf(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return _topics.Get(topic);
    }

    internal PublishPacket CreatePacket(MqttPublication publication)
    {
        ArgumentNullException.ThrowIfNull(publication);
        CheckQualityOfService(publication.QualityOfService);
        return publication.ToPacket(NameOf(publication.Topic));
    }

    /// <summary>Puts a message into the send buffer, waiting for room. Messages go out in the order of the calls.</summary>
    internal ValueTask SendAsync(in PublishPacket packet, Delivery? delivery, CancellationToken cancellationToken) =>
        Volatile.Read(ref _waiting) == 0 && _outbox.TrySend(packet, delivery, out _)
            ? default
            : SendInTurnAsync(packet, delivery, cancellationToken);

    /// <summary>Waits for a connection, if there is none.</summary>
    /// <exception cref="MqttClientException">The client has given up or was disposed.</exception>
    internal async ValueTask WaitForConnectionAsync(CancellationToken cancellationToken)
    {
        while (!_outbox.IsOpen(out Task? change))
        {
            await change!.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal async ValueTask UnsubscribeAsync(MqttSubscription subscription, IReadOnlyList<MqttUserProperty>? properties = null)
    {
        _router.Remove(subscription);
        if (_supervisor.Connection is { } connection && FiltersOfNobodyElse(subscription) is { Count: > 0 } filters)
        {
            try
            {
                await connection.UnsubscribeAsync(filters, properties).ConfigureAwait(false);
            }
            catch (MqttClientException)
            {
                // With the connection the subscription is gone, or what still comes is counted as unhandled.
            }
        }
    }

    private static async ValueTask AwaitBothAsync(ValueTask sent, PublishCompletion completion, CancellationToken cancellationToken)
    {
        await sent.ConfigureAwait(false);
        await completion.AsTask(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask SendInTurnAsync(PublishPacket packet, Delivery? delivery, CancellationToken cancellationToken)
    {
        // A handler takes no turn: those before it may wait for an acknowledgement that is not read before the handler has finished.
        bool takesTurn = !Receiver.IsHandlerOf(_router);
        if (takesTurn)
        {
            Interlocked.Increment(ref _waiting);
        }

        try
        {
            if (takesTurn)
            {
                await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            try
            {
                while (!_outbox.TrySend(packet, delivery, out Task? change))
                {
                    await change!.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                if (takesTurn)
                {
                    _turn.Release();
                }
            }
        }
        finally
        {
            if (takesTurn)
            {
                Interlocked.Decrement(ref _waiting);
            }
        }
    }

    private async Task MakeAsync(MqttSubscription subscription, Connection? connection, CancellationToken cancellationToken)
    {
        try
        {
            if (connection is not null)
            {
                await TryMakeAsync(subscription, connection, cancellationToken).ConfigureAwait(false);
            }

            // If the connection was lost meanwhile, the next one makes the subscription.
            Task ended = await Task.WhenAny(subscription.Granted, Completion).WaitAsync(cancellationToken).ConfigureAwait(false);
            await ended.ConfigureAwait(false);
        }
        catch
        {
            await UnsubscribeAsync(subscription).AsTask().WaitAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private static async Task TryMakeAsync(MqttSubscription subscription, Connection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.SubscribeAsync(subscription, isRestored: false).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MqttClientException) when (connection.Lost.IsCompleted)
        {
            // As said by the caller.
        }
    }

    private List<string> FiltersOfNobodyElse(MqttSubscription subscription) =>
        [.. subscription.Filters.Except(_router.Subscriptions.SelectMany(other => other.Filters), StringComparer.Ordinal)];

    private async Task RunAsync(TaskCompletionSource connected, CancellationToken cancellationToken)
    {
        try
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            Connection connection = await _supervisor.ConnectAsync(both.Token).ConfigureAwait(false);
            lock (_lock)
            {
                _connected = true;
            }

            connected.TrySetResult();
            await _supervisor.RunAsync(connection).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            connected.TrySetException(new MqttClientException("The client was disposed."));
        }
        catch (OperationCanceledException)
        {
            connected.TrySetCanceled(cancellationToken);
        }
        catch (Exception failure)
        {
            if (!connected.TrySetException(failure) || _retriesFirst)
            {
                End(failure, failed: true);
            }
        }
    }

    private void End(Exception reason, bool failed)
    {
        _outbox.Fail(reason);
        if (failed && _completion.TrySetException(reason))
        {
            // Whoever does not look at the completion learns of the failure from the next call.
            _ = _completion.Task.Exception;
        }
        else if (!failed)
        {
            _completion.TrySetResult();
        }
    }
}
