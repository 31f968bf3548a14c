using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace IoTStream.Amqp.Connectors;

/// <summary>A connection by which messages are published and confirmed, until it is lost. One caller at a time; what the server says comes meanwhile.</summary>
internal sealed class PublisherSession : IAsyncDisposable
{
    private readonly AmqpServer _server;
    private readonly AmqpExchange _exchange;
    private readonly AmqpSinkOptions _options;
    private readonly SinkMeter _meter;
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly Lock _lock = new();
    private readonly ConfirmWindow _window;

    // A client that is writing when its connection is lost was seen to wait for room in its buffers for ever.
    private readonly CancellationTokenSource _gone = new();
    private List<OutgoingMessage> _refused = [];
    private TaskCompletionSource? _change;
    private int _awaited;
    private bool _isLost;
    private Exception? _failure;

    private PublisherSession(AmqpServer server, AmqpExchange exchange, AmqpSinkOptions options, SinkMeter meter, IConnection connection, IChannel channel)
    {
        _server = server;
        _exchange = exchange;
        _options = options;
        _meter = meter;
        _connection = connection;
        _channel = channel;
        _window = new ConfirmWindow(options.MaximumInFlight);
        channel.BasicAcksAsync += OnConfirmedAsync;
        channel.BasicNacksAsync += OnRefusedAsync;
        channel.BasicReturnAsync += OnReturnedAsync;
        channel.ChannelShutdownAsync += OnShutdownAsync;
    }

    public bool IsLost
    {
        get
        {
            lock (_lock)
            {
                return _isLost;
            }
        }
    }

    /// <summary>Whether every message is confirmed, and none is to be published again.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_lock)
            {
                return _window.Count == 0 && _refused.Count == 0;
            }
        }
    }

    public static async Task<PublisherSession> OpenAsync(
        AmqpServer server, AmqpExchange exchange, AmqpSinkOptions options, SinkMeter meter, string name, CancellationToken cancellationToken)
    {
        IConnection connection = await Connections.OpenAsync(server, name, cancellationToken).ConfigureAwait(false);
        try
        {
            IChannel channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellationToken).ConfigureAwait(false);
            await Connections.DeclareAsync(channel, exchange, cancellationToken).ConfigureAwait(false);
            var session = new PublisherSession(server, exchange, options, meter, connection, channel);
            if (!channel.IsOpen)
            {
                session.Lose(channel.CloseReason);
            }

            return session;
        }
        catch
        {
            await Connections.CloseAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="AmqpRefusedException">The server refused something for good, or returned a message that was to go somewhere.</exception>
    public void ThrowIfFailed()
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                throw _failure;
            }
        }
    }

    /// <summary>Takes a message over: it is published, and if the connection is lost it is among <see cref="TakeUnconfirmed"/>.</summary>
    /// <returns>False if too many are not confirmed.</returns>
    public async ValueTask<bool> TryPublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_window.IsFull)
            {
                return false;
            }

            _window.Add(message);
        }

        try
        {
            ValueTask publishing = _channel.BasicPublishAsync(_exchange.Name, message.RoutingKey, mandatory: true, message.ToProperties(_options), message.Payload, _gone.Token);
            if (publishing.IsCompletedSuccessfully)
            {
                return true;
            }

            await publishing.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception gone) when (LostConnection.Is(gone) || (_gone.IsCancellationRequested && gone is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Lose(_channel.CloseReason);
        }

        return true;
    }

    /// <summary>Completes when at most so many messages are not confirmed, or something has to be done about others.</summary>
    public Task WaitAsync(int unconfirmed)
    {
        lock (_lock)
        {
            _awaited = unconfirmed;
            if (HasChanged)
            {
                return Task.CompletedTask;
            }

            _change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _change.Task;
        }
    }

    /// <summary>The messages that the server did not take, to be published again.</summary>
    public List<OutgoingMessage> TakeRefused()
    {
        lock (_lock)
        {
            List<OutgoingMessage> refused = _refused;
            _refused = [];
            return refused;
        }
    }

    /// <summary>The messages of which nobody knows whether the server took them, in their order.</summary>
    public List<OutgoingMessage> TakeUnconfirmed()
    {
        lock (_lock)
        {
            List<OutgoingMessage> unconfirmed = [.. _refused];
            _window.Remove(0, multiple: true, unconfirmed);
            return unconfirmed;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connections.CloseAsync(_connection).ConfigureAwait(false);
        _channel.ChannelShutdownAsync -= OnShutdownAsync;
        _gone.Dispose();
    }

    private bool HasChanged => _isLost || _failure is not null || _refused.Count > 0 || _window.Count <= _awaited;

    private Task OnConfirmedAsync(object sender, BasicAckEventArgs confirm)
    {
        lock (_lock)
        {
            _window.Remove(confirm.DeliveryTag, confirm.Multiple, taken: null);
            Tell();
        }

        return Task.CompletedTask;
    }

    private Task OnRefusedAsync(object sender, BasicNackEventArgs refusal)
    {
        lock (_lock)
        {
            int before = _refused.Count;
            _window.Remove(refusal.DeliveryTag, refusal.Multiple, _refused);
            _meter.CountNacked(_refused.Count - before);
            Tell();
        }

        return Task.CompletedTask;
    }

    /// <summary>The confirm of a message that is returned comes behind it.</summary>
    private Task OnReturnedAsync(object sender, BasicReturnEventArgs returned)
    {
        _meter.CountReturned();
        if (_options.Unroutable == AmqpUnroutable.Fail)
        {
            Fail(Refusal.Of(
                _server,
                $"returned a message with the routing key '{returned.RoutingKey}' that was published to {Name(returned.Exchange)}",
                returned.ReplyCode,
                $"{returned.ReplyText}. Bind a queue there that takes it, or set AmqpSinkOptions.Unroutable to Count"));
        }

        return Task.CompletedTask;
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        Lose(reason);
        return Task.CompletedTask;
    }

    private void Lose(ShutdownEventArgs? reason)
    {
        if (reason is not null && Refusal.Of(reason, _server, $"refused what was published to {Name(_exchange.Name)}") is { } refusal)
        {
            Fail(refusal);
        }

        lock (_lock)
        {
            _isLost = true;
            Tell();
        }

        _gone.Cancel();
    }

    private static string Name(string exchange) => exchange.Length == 0 ? "the default exchange" : $"the exchange '{exchange}'";

    private void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure ??= failure;
            Tell();
        }
    }

    private void Tell()
    {
        if (_change is not null && HasChanged)
        {
            _change.TrySetResult();
            _change = null;
        }
    }
}
