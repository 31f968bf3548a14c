using System.Buffers;
using Confluent.Kafka;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Gives messages to an idempotent producer, and at a flush waits until brokers have them.</summary>
internal sealed class ProducingWriter<T> : ISinkWriter<T>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly MessageEncoder<T> _encoder;
    private readonly ClientLog _log;
    private readonly SinkContext _context;
    private readonly Action<DeliveryReport<byte[]?, byte[]?>> _delivered;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource? _allDelivered;
    private volatile Error? _failure;
    private long _produced;
    private long _finished;

    public ProducingWriter(IProducer<byte[]?, byte[]?> producer, MessageEncoder<T> encoder, ClientLog log, SinkContext context)
    {
        _producer = producer;
        _encoder = encoder;
        _log = log;
        _context = context;
        _delivered = OnDelivered;
    }

    public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        for (int i = 0; i < batch.Count; i++)
        {
            EncodedMessage message = _encoder.Encode(batch.Values.Span[i], batch.Context(i), _buffer);
            if (!TryProduce(in message))
            {
                return WriteRestAsync(batch, i, message, cancellationToken);
            }
        }

        return default;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        ThrowIfFailed();
        Task delivered;
        lock (_lock)
        {
            if (_finished == _produced)
            {
                return default;
            }

            _allDelivered ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            delivered = _allDelivered.Task;
        }

        return AwaitAsync(delivered.WaitAsync(cancellationToken));
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => FlushAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Destroying a producer waits for its threads.
        await Task.Run(_producer.Dispose).ConfigureAwait(false);
    }

    private async ValueTask AwaitAsync(Task delivered)
    {
        await delivered.ConfigureAwait(false);
        ThrowIfFailed();
    }

    private async ValueTask WriteRestAsync(SinkBatch<T> batch, int index, EncodedMessage message, CancellationToken cancellationToken)
    {
        while (true)
        {
            while (!TryProduce(in message))
            {
                await Task.Delay(Pause, _context.TimeProvider, cancellationToken).ConfigureAwait(false);
            }

            if (++index == batch.Count)
            {
                return;
            }

            message = _encoder.Encode(batch.Values.Span[index], batch.Context(index), _buffer);
        }
    }

    /// <returns>False if there is no room in the producer's buffer.</returns>
    private bool TryProduce(in EncodedMessage message)
    {
        ThrowIfFailed();
        lock (_lock)
        {
            _produced++;
        }

        try
        {
            _producer.Produce(message.To, message.ToMessage(), _delivered);
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> exception)
        {
            lock (_lock)
            {
                _produced--;
            }

            return exception.Error.Code == ErrorCode.Local_QueueFull
                ? false
                : throw new KafkaException(new Error(exception.Error.Code, $"The sink '{_context.Step}' cannot produce to {message.To}: {exception.Error.Reason}."), exception);
        }
    }

    private void OnDelivered(DeliveryReport<byte[]?, byte[]?> report)
    {
        if (report.Error.IsError)
        {
            _failure ??= report.Error;
        }

        TaskCompletionSource? all = null;
        lock (_lock)
        {
            _finished++;
            if (_finished == _produced)
            {
                all = _allDelivered;
                _allDelivered = null;
            }
        }

        all?.TrySetResult();
    }

    private void ThrowIfFailed()
    {
        if (_log.Fatal is { } fatal)
        {
            throw new KafkaException(fatal);
        }

        if (_failure is { } failure)
        {
            throw new KafkaException(new Error(failure.Code, $"A message of the sink '{_context.Step}' was not delivered: {failure.Reason} ({failure.Code}).{_log.Last}"));
        }
    }
}
