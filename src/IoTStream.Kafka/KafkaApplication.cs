using IoTStream.Dsl;
using IoTStream.Kafka.ScaleOut;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Kafka;

/// <summary>This process's part in a topology that is scaled out by Kafka.</summary>
/// <remarks>Thread-safe. Disposing it stops it.</remarks>
public sealed class KafkaApplication : IAsyncDisposable
{
    private readonly ShardSettings _settings;
    private readonly ShardRunner _runner;
    private readonly ShardPlacement _placement;
    private readonly OwnerDirectory _owners;
    private readonly ShardMeter _meter;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    internal KafkaApplication(Topology topology, KafkaScaleOutOptions options, InternalTopics topics)
    {
        Name = topics.ApplicationId;
        _settings = new ShardSettings(options, topics);
        _runner = new ShardRunner(topology, _settings, Fail);
        _placement = new ShardPlacement(_settings, _runner);
        _owners = new OwnerDirectory(_settings);
        _meter = new ShardMeter(Name, _runner);
        _ = RunAsync();
    }

    /// <summary>The name of the application.</summary>
    public string Name { get; }

    /// <summary>The numbers of the shards that this process has been given, whether or not their state is there yet. Others have the rest.</summary>
    public IReadOnlyList<int> Shards => _runner.Shards;

    /// <summary>
    /// The shards of this process that are at work: their state is there.
    /// </summary>
    public IReadOnlyList<int> RunningShards => [.. _runner.Shards.Where(shard => _runner.JobOf(shard) is not null)];

    /// <summary>
    /// Completes when the process has left the application. Fails with what a shard could not go on after; then this process has left too, and the others go on.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Why a shard of this process was begun anew last; null if none was.</summary>
    public Exception? LastFailure => _runner.LastFailure;

    /// <summary>Leaves: what is in flight is finished and committed, and the other processes go on with it.</summary>
    /// <param name="cancellationToken">Ends the waiting, not the leaving.</param>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _placement.Stop();
        await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks who has a key in a table.</summary>
    /// <param name="table">The table, as <c>ToTable</c> gave it.</param>
    /// <param name="key">The key.</param>
    /// <typeparam name="TKey">The type of the key.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <returns>Whether it is this process, and if not the address that the owner gave.</returns>
    /// <exception cref="InvalidOperationException">The table's keys were not dealt out by the library: <see cref="KafkaScaleOutOptions.PartitionedBy"/>.</exception>
    public KafkaOwner OwnerOf<TKey, T>(KeyedTable<TKey, T> table, TKey key)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(table);
        int shard = ShardOf(table, key);
        return new KafkaOwner(shard, _runner.JobOf(shard) is not null, _owners.AddressOf(shard));
    }

    /// <summary>What a table has for a key, if this process has the key.</summary>
    /// <param name="table">The table, as <c>ToTable</c> gave it.</param>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <typeparam name="TKey">The type of the key.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <returns>The entry, or null if there is none for the key.</returns>
    /// <exception cref="KeyElsewhereException">Another process has the key, or nobody yet: ask <see cref="OwnerOf"/>.</exception>
    /// <exception cref="JobFailedException">The shard has failed, and is about to go on from its last epoch: ask again.</exception>
    /// <exception cref="InvalidOperationException">The table's keys were not dealt out by the library: <see cref="KafkaScaleOutOptions.PartitionedBy"/>.</exception>
    /// <exception cref="OperationCanceledException">The question was cancelled.</exception>
    public async ValueTask<TableEntry<TKey, T>?> GetAsync<TKey, T>(KeyedTable<TKey, T> table, TKey key, CancellationToken cancellationToken = default)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(table);
        int shard = ShardOf(table, key);
        if (_runner.JobOf(shard) is not { } job)
        {
            throw new KeyElsewhereException(new KafkaOwner(shard, IsHere: false, _owners.AddressOf(shard)));
        }

        try
        {
            return await job.Table(table).GetAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            throw new KeyElsewhereException(new KafkaOwner(shard, IsHere: false, _owners.AddressOf(shard)));
        }
    }

    /// <summary>What a table has for the keys of this process.</summary>
    /// <param name="table">The table, as <c>ToTable</c> gave it.</param>
    /// <param name="predicate">Which entries; by default all. Called on the lanes, so it must be thread-safe and quick.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <typeparam name="TKey">The type of the key.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <returns>The entries, those of each shard as of an epoch of its own.</returns>
    /// <exception cref="JobFailedException">A shard has failed, and is about to go on from its last epoch: ask again.</exception>
    /// <exception cref="OperationCanceledException">The question was cancelled.</exception>
    public async ValueTask<IReadOnlyCollection<TableEntry<TKey, T>>> ScanAsync<TKey, T>(
        KeyedTable<TKey, T> table, Func<TableEntry<TKey, T>, bool>? predicate = null, CancellationToken cancellationToken = default)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(table);
        List<TableEntry<TKey, T>> entries = [];
        foreach (int shard in _runner.Shards)
        {
            if (_runner.JobOf(shard) is not { } job)
            {
                continue;
            }

            try
            {
                entries.AddRange(await job.Table(table).ScanAsync(predicate, cancellationToken).ConfigureAwait(false));
            }
            catch (ObjectDisposedException)
            {
                // Another process has its keys, or it had nothing to read.
            }
        }

        return entries;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _placement.Stop();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private int ShardOf<TKey, T>(KeyedTable<TKey, T> table, TKey key)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(key);
        if (_settings.Options.PartitionedBy.Contains(table.KeyStep, StringComparer.Ordinal))
        {
            throw new InvalidOperationException(
                $"Who has a key of the table '{table.Name}' was decided by those who wrote the input of '{table.KeyStep}' (KafkaScaleOutOptions.PartitionedBy), and is not known here: ask each process, by ScanAsync.");
        }

        return KeyGroups.Share(_settings.Options.Shards)[KeyGroups.Of(table.HashOf(key))];
    }

    private async Task RunAsync()
    {
        try
        {
            await _placement.RunAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        try
        {
            // A member that is expelled is not asked to give up what it has.
            await _runner.StopAsync(_runner.Shards, isLost: false).ConfigureAwait(false);
            await _owners.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        _meter.Dispose();
        if (_failure is { } failure)
        {
            _completion.SetException(failure);
        }
        else
        {
            _completion.SetResult();
        }
    }

    private void Fail(Exception exception)
    {
        Interlocked.CompareExchange(ref _failure, exception, null);
        _placement.Stop();
    }
}
