using IoTStream.Connectors;
using IoTStream.Log;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>
/// A part of a topology that is scaled out over processes: all of its steps, for a share of the partitions of the sources and of the key groups. It runs as a job of one lane. Records whose keys belong
/// to another shard go there through a channel that becomes visible with the epochs.
/// </summary>
/// <param name="index">Which one it is, from 0.</param>
/// <param name="count">How many there are: the same for as long as the application exists.</param>
internal abstract class Shard(int index, int count) : ShardPlace(index, count)
{
    /// <summary>The shard that owns each key group.</summary>
    public int[] KeyGroupOwners { get; } = KeyGroups.Share(count);

    /// <summary>Whether the records of a step come from the shards that own them already, because the input is partitioned by the same key.</summary>
    public abstract bool IsPartitionedBy(string step);

    /// <summary>Opens what the shard has kept, and takes the place of whoever ran it before.</summary>
    public abstract Task<IEpochStore> OpenStoreAsync(CancellationToken cancellationToken);

    /// <summary>What other shards, and this one, send to it for a step.</summary>
    /// <param name="step">The name of the step.</param>
    /// <param name="notify">Called when there may be more to take; from any thread.</param>
    public abstract IShardInbox InboxOf(string step, Action notify);
}
