using IoTStream.Connectors;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>A shard in the process that runs it.</summary>
/// <param name="settings">What the shards of the application have in common.</param>
/// <param name="index">Which one it is.</param>
/// <param name="beginAnew">Stops what runs and begins it again.</param>
/// <param name="stop">Cancelled when the shard has to go at once.</param>
internal sealed class KafkaShard(ShardSettings settings, int index, Action beginAnew, CancellationToken stop) : Shard(index, settings.Options.Shards), IAsyncDisposable
{
    private ShardInboxes? _inboxes;
    private bool _isFenced;

    /// <summary>Transactions do not reach from one cluster to another.</summary>
    /// <exception cref="InvalidOperationException">A step has another cluster than the shard.</exception>
    public static void CheckCluster(ShardPlace? shard, KafkaCluster cluster, string step)
    {
        if (shard is KafkaShard { Cluster: var own } && own != cluster.BootstrapServers)
        {
            throw new InvalidOperationException($"'{step}' is in the cluster {cluster.BootstrapServers}, the application in {own}: a topology that is scaled out has all of its topics in one cluster.");
        }
    }

    private string Cluster => settings.Options.Cluster.BootstrapServers;

    /// <summary>A source that had no partitions to read has got some. May be called again until it has been done; from any thread.</summary>
    public void BeginAnew() => beginAnew();

    public override bool IsPartitionedBy(string step) => settings.Options.PartitionedBy.Contains(step, StringComparer.Ordinal);

    /// <summary>The shard begins, or begins again.</summary>
    public override async Task<IEpochStore> OpenStoreAsync(CancellationToken cancellationToken)
    {
        if (_isFenced)
        {
            // Somebody else runs the shard, or did. If it is not to be run here any more that is known by the time that a member is asked again.
            _isFenced = false;
            await Task.Delay(TimeSpan.FromSeconds(10), settings.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }

        await DisposeAsync().ConfigureAwait(false);
        _inboxes = new ShardInboxes(settings, Index);
        return await Task.Factory.StartNew(Open, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
    }

    public override IShardInbox InboxOf(string step, Action notify) => _inboxes!.Add(step, notify);

    /// <summary>It is committed that an inbox was taken up to a place: what comes before is not needed any more.</summary>
    public void NoteCommitted(string step, long position) => _inboxes!.NoteCommitted(step, position);

    /// <summary>The brokers say that somebody else runs the shard.</summary>
    public void NoteFenced() => _isFenced = true;

    public async ValueTask DisposeAsync()
    {
        if (_inboxes is { } inboxes)
        {
            _inboxes = null;
            await inboxes.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Changelog Open()
    {
        var changelog = new Changelog(settings, this, stop);
        try
        {
            changelog.Open();
            return changelog;
        }
        catch
        {
            changelog.Dispose();
            throw;
        }
    }
}
