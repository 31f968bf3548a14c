using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>Runs the shards that this process has. Thread-safe.</summary>
/// <param name="topology">The topology.</param>
/// <param name="settings">What its shards have in common.</param>
/// <param name="fail">Told of what no shard can go on after.</param>
internal sealed class ShardRunner(Topology topology, ShardSettings settings, Action<Exception> fail)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, RunningShard> _running = [];

    /// <summary>The shards that this process has, whether or not they have been restored yet.</summary>
    public IReadOnlyList<int> Shards
    {
        get
        {
            lock (_gate)
            {
                return [.. _running.Keys.Order()];
            }
        }
    }

    /// <summary>Why a shard was begun anew last; null if none was.</summary>
    public Exception? LastFailure
    {
        get
        {
            lock (_gate)
            {
                return _running.Values.Select(static shard => shard.LastFailure).OfType<Exception>().FirstOrDefault();
            }
        }
    }

    /// <summary>The job of a shard; null if this process does not have it, or it has not been restored yet.</summary>
    public Job? JobOf(int shard)
    {
        lock (_gate)
        {
            return _running.GetValueOrDefault(shard)?.Job;
        }
    }

    public void Start(int shard)
    {
        lock (_gate)
        {
            if (!_running.ContainsKey(shard))
            {
                _running.Add(shard, new RunningShard(topology, settings, shard, fail));
            }
        }
    }

    /// <summary>Stops shards.</summary>
    /// <param name="shards">Which.</param>
    /// <param name="isLost">Whether somebody else runs them already, so that nothing can be finished any more.</param>
    public async Task StopAsync(IReadOnlyCollection<int> shards, bool isLost)
    {
        List<RunningShard> leaving = [];
        lock (_gate)
        {
            foreach (int shard in shards)
            {
                if (_running.Remove(shard, out RunningShard? found))
                {
                    leaving.Add(found);
                }
            }
        }

        await Task.WhenAll(leaving.Select(shard => StopAsync(shard, isLost))).ConfigureAwait(false);
    }

    private async Task StopAsync(RunningShard shard, bool isLost)
    {
        await using (shard.ConfigureAwait(false))
        {
            if (!isLost)
            {
                await shard.FinishAsync(settings.Options.HandOverTimeout).ConfigureAwait(false);
            }
        }
    }
}
