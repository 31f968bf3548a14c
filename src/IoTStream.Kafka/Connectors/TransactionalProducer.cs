using System.Buffers;
using System.Globalization;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Produces epochs, each with its number in one transaction. The calls of the client block, so they are made on threads of their own.</summary>
internal sealed class TransactionalProducer : IAsyncDisposable
{
    private readonly KafkaCluster _cluster;
    private readonly KafkaSinkOptions _options;
    private readonly SinkContext _context;
    private readonly TransactionClient _client;
    private readonly string _key;

    public TransactionalProducer(KafkaCluster cluster, KafkaSinkOptions options, SinkContext context)
    {
        _cluster = cluster;
        _options = options;
        _context = context;
        _key = $"{context.EpochLog:N}/{context.Topology}/{context.Step}";
        _client = new TransactionClient(cluster, options, $"{options.TransactionalIdPrefix}-{_key.Replace('/', '-')}", $"The sink '{context.Step}'", context.TimeProvider);
    }

    /// <summary>The number of the last epoch that is committed; 0 if there is none.</summary>
    public long LastEpoch { get; private set; }

    /// <summary>Takes the place of any writer before this one, whose transaction is aborted or, if it was being committed, completed; then finds out which epoch was the last.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var numbers = new EpochNumbers(_cluster, _options, _context, _client.Log);
        await numbers.EnsureTopicAsync(cancellationToken).ConfigureAwait(false);
        await RunAsync(() => _client.Initialize(cancellationToken)).ConfigureAwait(false);
        LastEpoch = await numbers.FindLastAsync(_key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the messages of an epoch visible, or none of them.</summary>
    public Task ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) =>
        epoch <= LastEpoch ? Task.CompletedTask : RunAsync(() => Apply(epoch, outbox, cancellationToken));

    public async ValueTask DisposeAsync() => await RunAsync(_client.Dispose).ConfigureAwait(false);

    private static Task RunAsync(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Apply(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
    {
        byte[] number = Encoding.UTF8.GetBytes(epoch.ToString(CultureInfo.InvariantCulture));
        var mark = new EncodedMessage(_options.EpochTopic, EpochNumbers.Partition, Timestamp: -1, Encoding.UTF8.GetBytes(_key), number, Headers: null);
        _client.Run($"epoch {epoch}", EncodedMessages.Read(outbox).Append(mark), [], group: null, cancellationToken);
        LastEpoch = epoch;
    }
}
