using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace IoTStream.Amqp.Connectors;

/// <summary>A connection by which a queue is consumed, until it is lost.</summary>
internal sealed class ConsumerSession : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly string _queue;
    private readonly AmqpSourceOptions _options;
    private readonly Func<ConsumerSession, ulong, AmqpMessage, Task> _deliver;
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // An acknowledgement covers all deliveries before it, so the latest one is enough.
    private readonly Channel<ulong> _acknowledgements = Channel.CreateBounded<ulong>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Task _acknowledging;

    // A client that is writing when its connection is lost was seen to wait for room in its buffers for ever.
    private readonly CancellationTokenSource _gone = new();

    private ConsumerSession(IConnection connection, IChannel channel, string queue, AmqpSourceOptions options, Func<ConsumerSession, ulong, AmqpMessage, Task> deliver)
    {
        _connection = connection;
        _channel = channel;
        _queue = queue;
        _options = options;
        _deliver = deliver;
        channel.ChannelShutdownAsync += OnShutdownAsync;
        _acknowledging = Task.Run(AcknowledgeAsync);
    }

    /// <summary>Completes when nothing more is delivered.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Connects, and declares what is to be declared.</summary>
    public static async Task<ConsumerSession> OpenAsync(
        AmqpServer server,
        string queue,
        AmqpSourceOptions options,
        string name,
        Func<ConsumerSession, ulong, AmqpMessage, Task> deliver,
        CancellationToken cancellationToken)
    {
        IConnection connection = await Connections.OpenAsync(server, name, cancellationToken).ConfigureAwait(false);
        try
        {
            IChannel channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false, consumerDispatchConcurrency: 1), cancellationToken).ConfigureAwait(false);
            if (options.Queue is { } declared)
            {
                await DeclareAsync(channel, queue, declared, cancellationToken).ConfigureAwait(false);
            }

            await channel.BasicQosAsync(prefetchSize: 0, (ushort)options.Prefetch, global: false, cancellationToken).ConfigureAwait(false);
            return new ConsumerSession(connection, channel, queue, options, deliver);
        }
        catch
        {
            await Connections.CloseAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has the server deliver.</summary>
    public Task ConsumeAsync(CancellationToken cancellationToken) => _channel.BasicConsumeAsync(
        _queue,
        autoAck: false,
        consumerTag: "",
        noLocal: false,
        _options.Exclusive,
        new Dictionary<string, object?>(_options.Arguments, StringComparer.Ordinal),
        new Consumer(this),
        cancellationToken);

    /// <summary>Acknowledges a delivery and all before it. Does not block.</summary>
    public void Acknowledge(ulong tag) => _acknowledgements.Writer.TryWrite(tag);

    /// <summary>Rejects a delivery for good.</summary>
    public async ValueTask RejectAsync(ulong tag)
    {
        try
        {
            await _channel.BasicRejectAsync(tag, requeue: false, _gone.Token).ConfigureAwait(false);
        }
        catch (Exception gone) when (IsLost(gone))
        {
            // It is delivered, and rejected, again.
            Lose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _acknowledgements.Writer.TryComplete();
        await _acknowledging.ConfigureAwait(false);
        await Connections.CloseAsync(_connection).ConfigureAwait(false);
        _channel.ChannelShutdownAsync -= OnShutdownAsync;
        _gone.Dispose();
    }

    private static async Task DeclareAsync(IChannel channel, string queue, AmqpQueue declared, CancellationToken cancellationToken)
    {
        await channel.QueueDeclareAsync(queue, declared.Durable, exclusive: false, declared.AutoDelete, declared.ToArguments(), cancellationToken: cancellationToken).ConfigureAwait(false);
        foreach (AmqpBinding binding in declared.Bindings)
        {
            await Connections.DeclareAsync(channel, binding.Exchange, cancellationToken).ConfigureAwait(false);
            await channel.QueueBindAsync(
                queue, binding.Exchange.Name, binding.RoutingKey, new Dictionary<string, object?>(binding.Arguments, StringComparer.Ordinal), cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AcknowledgeAsync()
    {
        try
        {
            await foreach (ulong tag in _acknowledgements.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                await _channel.BasicAckAsync(tag, multiple: true, _gone.Token).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (IsLost(gone))
        {
            Lose();
        }
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        Lose();
        return Task.CompletedTask;
    }

    private bool IsLost(Exception exception) => LostConnection.Is(exception) || (exception is OperationCanceledException && _gone.IsCancellationRequested);

    private void Lose()
    {
        _lost.TrySetResult();
        _gone.Cancel();
    }

    private sealed class Consumer(ConsumerSession session) : AsyncDefaultBasicConsumer(session._channel)
    {
        public override Task HandleBasicDeliverAsync(
            string consumerTag,
            ulong deliveryTag,
            bool redelivered,
            string exchange,
            string routingKey,
            IReadOnlyBasicProperties properties,
            ReadOnlyMemory<byte> body,
            CancellationToken cancellationToken = default) =>
            session._deliver(session, deliveryTag, new AmqpMessage(exchange, routingKey, redelivered, properties, body));

        protected override Task OnCancelAsync(string[] consumerTags, CancellationToken cancellationToken = default)
        {
            // The queue was deleted, or its node went down.
            session._lost.TrySetResult();
            return base.OnCancelAsync(consumerTags, cancellationToken);
        }
    }
}
