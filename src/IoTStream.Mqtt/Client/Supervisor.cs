using System.Net.Sockets;
using System.Security.Authentication;

namespace IoTStream.Mqtt.Client;

/// <summary>Keeps a client connected: opens connections one after the other until it is told to stop or the options say to give up.</summary>
internal sealed class Supervisor
{
    private readonly MqttClientOptions _options;
    private MqttClientOptions _home;
    private MqttClientOptions _target;
    private readonly Outbox _outbox;
    private readonly ReceivedMessages _received;
    private readonly Router _router;
    private readonly CancellationToken _closing;
    private readonly Backoff _backoff;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closeRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Connection? _connection;
    private Task _previous = Task.CompletedTask;
    private string _clientIdentifier;
    private bool _hasConnected;
    private int _refusals;

    public Supervisor(MqttClientOptions options, Outbox outbox, ReceivedMessages received, Router router, CancellationToken closing)
    {
        _options = options;
        _home = options;
        _target = options;
        _outbox = outbox;
        _received = received;
        _router = router;
        _closing = closing;
        _backoff = new Backoff(options.Reconnect);
        _clientIdentifier = options.ClientId ?? $"iotstream-{Random.Shared.NextInt64():x16}";
    }

    /// <summary>The connection, from the server's consent to its end; null in between.</summary>
    public Connection? Connection => Volatile.Read(ref _connection);

    /// <summary>Completes when it is known how the first attempt to connect and subscribe has ended, whichever way.</summary>
    public Task FirstAttempt => _attempted.Task;

    /// <summary>Opens the first connection.</summary>
    /// <exception cref="MqttClientException">It cannot be opened, and the options do not ask to go on trying.</exception>
    public Task<Connection> ConnectAsync(CancellationToken cancellationToken) =>
        EstablishAsync(throwAtOnce: !_options.Reconnect.RetryFirst, cancellationToken);

    /// <summary>Replaces connections that are lost until <see cref="RequestClose"/> is called.</summary>
    /// <exception cref="MqttClientException">The client has to give up.</exception>
    public async Task RunAsync(Connection connection)
    {
        while (true)
        {
            long opened = _options.TimeProvider.GetTimestamp();
            await Task.WhenAny(connection.Lost, _closeRequested.Task).ConfigureAwait(false);
            if (_closeRequested.Task.IsCompleted)
            {
                try
                {
                    await connection.CloseAsync().ConfigureAwait(false);
                }
                finally
                {
                    await ForgetAsync(connection).ConfigureAwait(false);
                }

                return;
            }

            Exception reason = await connection.Lost.ConfigureAwait(false);
            await ForgetAsync(connection).ConfigureAwait(false);
            if (_options.TimeProvider.GetElapsedTime(opened) > _backoff.Ceiling)
            {
                _backoff.Reset();
                _refusals = 0;
            }

            MqttClientException failure = Explain(reason);
            ThrowIfHopeless(failure);
            await DelayAsync(failure, _closing).ConfigureAwait(false);
            connection = await EstablishAsync(throwAtOnce: false, _closing).ConfigureAwait(false);
        }
    }

    /// <summary>Makes <see cref="RunAsync"/> close the connection and return.</summary>
    public void RequestClose() => _closeRequested.TrySetResult();

    /// <summary>Enters a subscription. The returned connection, if any, has to make it; otherwise the next one will.</summary>
    public Connection? Add(MqttSubscription subscription)
    {
        lock (_lock)
        {
            _router.Add(subscription);
            return _connection;
        }
    }

    private async Task<Connection> EstablishAsync(bool throwAtOnce, CancellationToken cancellationToken)
    {
        while (true)
        {
            MqttClientException failure;
            try
            {
                return await TryEstablishAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                failure = Explain(exception);
            }
            finally
            {
                _attempted.TrySetResult();
            }

            if (throwAtOnce)
            {
                throw failure;
            }

            ThrowIfHopeless(failure);
            await DelayAsync(failure, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Connection> TryEstablishAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);

        // In MQTT 3.1.1 a clean session is one for each connection; in 5.0 the client comes back to its own.
        bool cleanStart = _options.CleanStart && (!_hasConnected || _options.Version == MqttProtocolVersion.V311);
        Connection connection = await Client.Connection.OpenAsync(
            _target, Handshake.Request(_options, _clientIdentifier, cleanStart), _outbox, _received, _router, _previous, both.Token, _closing).ConfigureAwait(false);
        try
        {
            // From now on the session may hold messages, whatever becomes of the subscriptions: it is not to be thrown away again.
            _hasConnected = true;
            _previous = connection.Completed;
            _clientIdentifier = connection.AssignedClientIdentifier ?? _clientIdentifier;
            MqttSubscription[] missing;
            lock (_lock)
            {
                _connection = connection;
                missing = [.. _router.Subscriptions
                    .Where(subscription => !connection.SessionPresent || !subscription.Granted.IsCompletedSuccessfully)];
            }

            await Task.WhenAll(missing.Select(subscription => connection.SubscribeAsync(subscription, connection.SessionPresent))).WaitAsync(both.Token).ConfigureAwait(false);
            return connection;
        }
        catch (Exception exception)
        {
            connection.Abort(exception);
            await ForgetAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>After this the outbox is free for another connection.</summary>
    private async Task ForgetAsync(Connection connection)
    {
        lock (_lock)
        {
            _connection = null;
        }

        await connection.Sending.ConfigureAwait(false);
    }

    private void ThrowIfHopeless(MqttClientException failure)
    {
        if (_options.Reconnect.FollowServerReference && TryFollow(failure))
        {
            return;
        }

        // A server that stood in for its own only for the time being.
        _target = _home;
        if (failure is MqttRefusedException { IsTransient: false } or { InnerException: AuthenticationException })
        {
            _refusals++;
        }

        if (failure is MessageHandlerFailedException || _refusals >= _options.Reconnect.MaximumRefusals)
        {
            throw failure;
        }
    }

    /// <summary>Goes to the server that another one names, if it does.</summary>
    private bool TryFollow(MqttClientException failure)
    {
        if (failure is not MqttRefusedException { ServerReference: { } reference, ReasonCode: MqttReasonCode.UseAnotherServer or MqttReasonCode.ServerMoved } refusal
            || ServerReference.Apply(_target, reference) is not { } other)
        {
            return false;
        }

        _target = other;
        _home = refusal.ReasonCode == MqttReasonCode.ServerMoved ? other : _home;
        return true;
    }

    private Task DelayAsync(MqttClientException failure, CancellationToken cancellationToken)
    {
        if (_backoff.Failures >= (_options.Reconnect.MaximumAttempts ?? int.MaxValue))
        {
            throw new MqttClientException($"{failure.Message} The client gives up after {_backoff.Failures} attempts.", failure);
        }

        return Task.Delay(_backoff.Next(), _options.TimeProvider, cancellationToken);
    }

    private MqttClientException Explain(Exception failure) => failure switch
    {
        MqttClientException known => known,
        MqttProtocolException violation => new MqttClientException($"The server {_target} broke the protocol: {violation.Message}", violation),
        AuthenticationException untrusted => new MqttClientException(
            $"TLS with {_target} failed: {untrusted.Message} The server's certificate, its authority and the client's certificate are set in MqttClientOptions.Tls.",
            untrusted),
        OperationCanceledException => new MqttClientException(
            $"No connection to {_target} within {_options.ConnectTimeout.TotalSeconds} s (ConnectTimeout).", failure),
        SocketException or IOException => new MqttClientException($"No connection to {_target}: {failure.Message}", failure),
        _ => new MqttClientException($"The connection to {_target} failed: {failure.Message}", failure),
    };
}
