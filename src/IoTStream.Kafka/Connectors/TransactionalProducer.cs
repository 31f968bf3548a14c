using System.Buffers;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Produces epochs, each with its number in one transaction. The calls of the client block, so they are made on threads of their own.</summary>
internal sealed class TransactionalProducer : IAsyncDisposable
{
    /// <summary>How long one call of the client may block: then it is seen whether the job still wants it, and it is repeated.</summary>
    private static readonly TimeSpan Call = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly KafkaCluster _cluster;
    private readonly KafkaSinkOptions _options;
    private readonly SinkContext _context;
    private readonly ClientLog _log = new();
    private readonly string _transactionalId;
    private readonly string _key;
    private readonly object _gate = new();
    private readonly Action<DeliveryReport<byte[]?, byte[]?>> _delivered;
    private IProducer<byte[]?, byte[]?>? _producer;
    private volatile Error? _failure;
    private bool _isInTransaction;

    public TransactionalProducer(KafkaCluster cluster, KafkaSinkOptions options, SinkContext context)
    {
        _cluster = cluster;
        _options = options;
        _context = context;
        _key = $"{context.EpochLog:N}/{context.Topology}/{context.Step}";
        _transactionalId = $"{options.TransactionalIdPrefix}-{_key.Replace('/', '-')}";
        _delivered = OnDelivered;
    }

    /// <summary>The number of the last epoch that is committed; 0 if there is none.</summary>
    public long LastEpoch { get; private set; }

    /// <summary>Takes the place of any writer before this one, whose transaction is aborted or, if it was being committed, completed; then finds out which epoch was the last.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _producer = ProducerFactory.Create(_cluster, _options, _log, _transactionalId);
        var numbers = new EpochNumbers(_cluster, _options, _context, _log);
        await numbers.EnsureTopicAsync(cancellationToken).ConfigureAwait(false);
        await RunAsync(() => Initialize(cancellationToken)).ConfigureAwait(false);
        LastEpoch = await numbers.FindLastAsync(_key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the messages of an epoch visible, or none of them.</summary>
    public Task ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) =>
        epoch <= LastEpoch ? Task.CompletedTask : RunAsync(() => Apply(epoch, outbox, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        if (_producer is { } producer)
        {
            _producer = null;
            await RunAsync(() => Close(producer)).ConfigureAwait(false);
        }
    }

    private static Task RunAsync(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Initialize(CancellationToken cancellationToken)
    {
        long start = _context.TimeProvider.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                _producer!.InitTransactions(Call);
                return;
            }
            catch (KafkaRetriableException exception)
            {
                if (_context.TimeProvider.GetElapsedTime(start) >= _cluster.OpenTimeout)
                {
                    throw Failure($"could not begin with transactions for {_cluster.OpenTimeout}", exception);
                }
            }
            catch (KafkaException exception)
            {
                throw Failure("could not begin with transactions", exception);
            }
        }
    }

    private void Apply(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
    {
        long start = _context.TimeProvider.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Begin();
                Produce(outbox, epoch, start, cancellationToken);
                Commit(start, cancellationToken);
                LastEpoch = epoch;
                return;
            }
            catch (KafkaException exception) when (MayBeRepeated(exception))
            {
                if (HasTriedEnough(start))
                {
                    throw Failure($"could not produce epoch {epoch} within {_options.ApplyTimeout}", exception);
                }

                Abort(start, cancellationToken);
            }
            catch (KafkaException exception)
            {
                throw Failure($"could not produce epoch {epoch}", exception);
            }
        }
    }

    private void Begin()
    {
        _failure = null;
        _producer!.BeginTransaction();
        _isInTransaction = true;
    }

    private void Produce(ReadOnlySequence<byte> outbox, long epoch, long start, CancellationToken cancellationToken)
    {
        foreach (EncodedMessage message in EncodedMessages.Read(outbox))
        {
            Produce(in message, start, cancellationToken);
        }

        byte[] number = Encoding.UTF8.GetBytes(epoch.ToString(CultureInfo.InvariantCulture));
        Produce(new EncodedMessage(_options.EpochTopic, EpochNumbers.Partition, Timestamp: -1, Encoding.UTF8.GetBytes(_key), number, Headers: null), start, cancellationToken);
    }

    private void Produce(in EncodedMessage message, long start, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfNotDelivered();
            try
            {
                _producer!.Produce(message.To, message.ToMessage(), _delivered);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull && !HasTriedEnough(start))
            {
                lock (_gate)
                {
                    Monitor.Wait(_gate, Pause);
                }
            }
        }
    }

    private void Commit(long start, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                _producer!.CommitTransaction(Call);
                _isInTransaction = false;
                return;
            }
            catch (KafkaRetriableException) when (!HasTriedEnough(start))
            {
                // It goes on: asking again continues the same commit.
            }
            catch (KafkaTxnRequiresAbortException)
            {
                ThrowIfNotDelivered();
                throw;
            }
        }
    }

    private void Abort(long start, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                _producer!.AbortTransaction(Call);
                _isInTransaction = false;
                return;
            }
            catch (KafkaRetriableException) when (!HasTriedEnough(start))
            {
                // It goes on.
            }
        }
    }

    private void Close(IProducer<byte[]?, byte[]?> producer)
    {
        try
        {
            if (_isInTransaction && _log.Fatal is null)
            {
                // Readers need not wait for brokers to find out.
                producer.AbortTransaction(Call);
            }
        }
        catch (KafkaException)
        {
            // Brokers abort it after its time-out, or when the next writer begins.
        }

        producer.Dispose();
    }

    /// <summary>Whether a transaction that failed in this way can succeed the next time.</summary>
    private bool MayBeRepeated(KafkaException exception) => _isInTransaction && _log.Fatal is null && !exception.Error.IsFatal && exception is not KafkaRetriableException
        && exception.Error.Code is not (ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed
            or ErrorCode.Local_UnknownPartition or ErrorCode.Local_UnknownTopic or ErrorCode.TopicException or ErrorCode.InvalidRecord or ErrorCode.PolicyViolation or ErrorCode.Local_InvalidArg);

    private bool HasTriedEnough(long start) => _context.TimeProvider.GetElapsedTime(start) >= _options.ApplyTimeout;

    private void OnDelivered(DeliveryReport<byte[]?, byte[]?> report)
    {
        if (report.Error.IsError)
        {
            // What is purged because the transaction is aborted tells nothing of why.
            _failure ??= report.Error.Code is ErrorCode.Local_PurgeQueue or ErrorCode.Local_PurgeInflight ? null : report.Error;
        }

        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private void ThrowIfNotDelivered()
    {
        if (_failure is { } failure)
        {
            throw new KafkaException(failure);
        }
    }

    private KafkaException Failure(string what, KafkaException exception)
    {
        Error error = exception.Error;
        string why = error.Code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch
            ? "another writer has taken its place: another process runs the same job, with a copy of the epoch log"
            : error.Code == ErrorCode.InvalidTransactionTimeout
                ? $"the brokers do not allow a TransactionTimeout of {_options.TransactionTimeout} (transaction.max.timeout.ms)"
                : $"{error.Reason} ({error.Code}).{_log.Last}";
        return new KafkaException(new Error(error.Code, $"The sink '{_context.Step}' {what}, as '{_transactionalId}' at {_cluster.BootstrapServers}: {why}", error.IsFatal), exception);
    }
}
