using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>
/// A producer of transactions, which takes the place of any other with its identifier. Transactions that brokers or the network abort are repeated. The calls of the client block: for threads that may. Not thread-safe.
/// </summary>
/// <param name="cluster">Where it produces to.</param>
/// <param name="options">How it produces.</param>
/// <param name="transactionalId">Its identifier.</param>
/// <param name="subject">Who it is, for messages: the beginning of a sentence.</param>
/// <param name="clock">By which time-outs are measured.</param>
internal sealed class TransactionClient(KafkaCluster cluster, KafkaSinkOptions options, string transactionalId, string subject, TimeProvider clock) : IDisposable
{
    /// <summary>How long one call of the client may block: then it is seen whether the job still wants it, and it is repeated.</summary>
    private static readonly TimeSpan Call = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly object _gate = new();
    private IProducer<byte[]?, byte[]?>? _producer;
    private Action<DeliveryReport<byte[]?, byte[]?>>? _delivered;
    private volatile Error? _failure;
    private bool _isInTransaction;

    public ClientLog Log { get; } = new();

    /// <summary>Takes the place of any producer before this one, whose transaction is aborted or, if it was being committed, completed.</summary>
    public void Initialize(CancellationToken cancellationToken)
    {
        _producer = ProducerFactory.Create(cluster, options, Log, transactionalId);
        _delivered = OnDelivered;
        long start = clock.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                _producer.InitTransactions(Call);
                return;
            }
            catch (KafkaRetriableException exception)
            {
                if (clock.GetElapsedTime(start) >= cluster.OpenTimeout)
                {
                    throw Failure($"could not begin with transactions for {cluster.OpenTimeout}", exception);
                }
            }
            catch (KafkaException exception)
            {
                throw Failure("could not begin with transactions", exception);
            }
        }
    }

    /// <summary>Makes messages visible, and offsets those of a group, or none of them.</summary>
    /// <param name="what">What they are, for messages.</param>
    /// <param name="messages">The messages; gone through again if the transaction is repeated.</param>
    /// <param name="offsets">The offsets; empty if none.</param>
    /// <param name="group">The group; null if there are no offsets.</param>
    /// <param name="cancellationToken">Cancels it: whether the transaction is committed is then not known.</param>
    /// <exception cref="KafkaException">It could not be done.</exception>
    public void Run(
        string what, IEnumerable<EncodedMessage> messages, IReadOnlyCollection<TopicPartitionOffset> offsets, IConsumerGroupMetadata? group, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Begin();
                foreach (EncodedMessage message in messages)
                {
                    Produce(in message, start, cancellationToken);
                }

                if (offsets.Count > 0)
                {
                    Repeat(() => _producer!.SendOffsetsToTransaction(offsets, group, Call), start, cancellationToken);
                }

                Commit(start, cancellationToken);
                return;
            }
            catch (KafkaException exception) when (MayBeRepeated(exception))
            {
                if (HasTriedEnough(start))
                {
                    throw Failure($"could not produce {what} within {options.ApplyTimeout}", exception);
                }

                Abort(what, start, cancellationToken);
            }
            catch (KafkaException exception)
            {
                throw Failure($"could not produce {what}", exception);
            }
        }
    }

    public void Dispose()
    {
        if (_producer is not { } producer)
        {
            return;
        }

        _producer = null;
        try
        {
            if (_isInTransaction && Log.Fatal is null)
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

    private void Begin()
    {
        _failure = null;
        _producer!.BeginTransaction();
        _isInTransaction = true;
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
                Rest();
            }
        }
    }

    private void Commit(long start, CancellationToken cancellationToken)
    {
        try
        {
            Repeat(() => _producer!.CommitTransaction(Call), start, cancellationToken);
            _isInTransaction = false;
        }
        catch (KafkaTxnRequiresAbortException)
        {
            ThrowIfNotDelivered();
            throw;
        }
    }

    private void Abort(string what, long start, CancellationToken cancellationToken)
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
            catch (KafkaException exception) when (exception.Error.IsFatal || Log.Fatal is not null || HasTriedEnough(start))
            {
                throw Failure($"could not abort the transaction of {what}", exception);
            }
            catch (KafkaRetriableException)
            {
                // It goes on.
            }
            catch (KafkaException)
            {
                // Brokers did not do it, and may the next time.
                Rest();
            }
        }
    }

    /// <summary>Calls until it goes on no longer: asking again continues the same call.</summary>
    private void Repeat(Action call, long start, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                call();
                return;
            }
            catch (KafkaRetriableException) when (!HasTriedEnough(start))
            {
                // It goes on.
            }
        }
    }

    /// <summary>Whether a transaction that failed in this way can succeed the next time.</summary>
    private bool MayBeRepeated(KafkaException exception) => _isInTransaction && Log.Fatal is null && !exception.Error.IsFatal && exception is not KafkaRetriableException
        && exception.Error.Code is not (ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed
            or ErrorCode.Local_UnknownPartition or ErrorCode.Local_UnknownTopic or ErrorCode.TopicException or ErrorCode.InvalidRecord or ErrorCode.PolicyViolation or ErrorCode.Local_InvalidArg);

    private bool HasTriedEnough(long start) => clock.GetElapsedTime(start) >= options.ApplyTimeout;

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

    /// <summary>Waits until a message is delivered, or a moment.</summary>
    private void Rest()
    {
        lock (_gate)
        {
            Monitor.Wait(_gate, Pause);
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
            ? "another writer has taken its place: another process runs the same, with a copy of the epoch log or because it has been given the shard"
            : error.Code == ErrorCode.InvalidTransactionTimeout
                ? $"the brokers do not allow a TransactionTimeout of {options.TransactionTimeout} (transaction.max.timeout.ms)"
                : $"{error.Reason} ({error.Code}).{Log.Last}";
        return new KafkaException(new Error(error.Code, $"{subject} {what}, as '{transactionalId}' at {cluster.BootstrapServers}: {why}", error.IsFatal), exception);
    }
}
