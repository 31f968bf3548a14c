using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Publishes messages until they are confirmed, over as many connections as it takes. One call at a time.</summary>
internal sealed class ConfirmedPublisher : IAsyncDisposable
{
    private readonly AmqpServer _server;
    private readonly AmqpExchange _exchange;
    private readonly AmqpSinkOptions _options;
    private readonly string _name;
    private readonly SinkMeter _meter;
    private readonly Attempts _attempts;
    private readonly TimeProvider _timeProvider;
    private Queue<OutgoingMessage> _again = new();
    private PublisherSession? _session;

    public ConfirmedPublisher(AmqpServer server, AmqpExchange exchange, AmqpSinkOptions options, SinkContext context)
    {
        _server = server;
        _exchange = exchange;
        _options = options;
        _name = $"{context.Topology}/{context.Step}";
        _meter = new SinkMeter(context);
        _attempts = new Attempts(server.Reconnect, context.TimeProvider);
        _timeProvider = context.TimeProvider;
    }

    /// <summary>Tries to connect once, so that what is refused is found at the start. A server that cannot be reached may come later.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken) => await TryConnectAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Takes a message over, which is published now or, if there is no room for it now, as soon as there is. Waits for neither its confirm nor those before it.</summary>
    public async ValueTask PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        while (true)
        {
            PublisherSession session = await GetReadyAsync(cancellationToken).ConfigureAwait(false);
            if (await session.TryPublishAsync(message, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            await WaitForRoomAsync(session, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until all messages are confirmed.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        while (_again.Count > 0 || _session is { IsSettled: false })
        {
            PublisherSession session = await GetReadyAsync(cancellationToken).ConfigureAwait(false);
            await session.WaitAsync(unconfirmed: 0).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        _session?.ThrowIfFailed();
    }

    public ValueTask DisposeAsync() => _session?.DisposeAsync() ?? default;

    /// <summary>Gives a connection, after what has to be published again is.</summary>
    private async ValueTask<PublisherSession> GetReadyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _session?.ThrowIfFailed();
            if (_session is null or { IsLost: true })
            {
                await ReplaceAsync(cancellationToken).ConfigureAwait(false);
            }

            List<OutgoingMessage> refused = _session!.TakeRefused();
            if (refused.Count > 0)
            {
                _again = new Queue<OutgoingMessage>([.. refused, .. _again]);
                await Task.Delay(_server.Reconnect.FirstDelay, _timeProvider, cancellationToken).ConfigureAwait(false);
            }

            if (_again.Count == 0)
            {
                return _session;
            }

            await PublishAgainAsync(_session, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PublishAgainAsync(PublisherSession session, CancellationToken cancellationToken)
    {
        while (!session.IsLost && _again.TryPeek(out OutgoingMessage? message))
        {
            if (await session.TryPublishAsync(message, cancellationToken).ConfigureAwait(false))
            {
                _again.Dequeue();
                continue;
            }

            await WaitForRoomAsync(session, cancellationToken).ConfigureAwait(false);
            return;
        }
    }

    private Task WaitForRoomAsync(PublisherSession session, CancellationToken cancellationToken) =>
        session.WaitAsync(unconfirmed: _options.MaximumInFlight * 3 / 4).WaitAsync(cancellationToken);

    /// <summary>Takes a connection in the place of one that is lost.</summary>
    private async Task ReplaceAsync(CancellationToken cancellationToken)
    {
        if (_session is { } lost)
        {
            _session = null;
            _again = new Queue<OutgoingMessage>([.. lost.TakeUnconfirmed(), .. _again]);
            _meter.CountLost();
            _attempts.Lose();
            await lost.DisposeAsync().ConfigureAwait(false);
            await _attempts.PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        while (!await TryConnectAsync(cancellationToken).ConfigureAwait(false))
        {
            await _attempts.PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            _session = await PublisherSession.OpenAsync(_server, _exchange, _options, _meter, _name, cancellationToken).ConfigureAwait(false);
            _attempts.Succeed();
            return true;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            return _attempts.Fail(failure, _server) is { } reason ? throw reason : false;
        }
    }
}
