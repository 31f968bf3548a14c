using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Shards;

/// <summary>A shard of a <see cref="MemoryCluster"/>.</summary>
internal sealed class MemoryShard(MemoryCluster cluster, int index) : Shard(index, cluster.Shards)
{
    public override bool IsPartitionedBy(string step) => false;

    public override Task<IEpochStore> OpenStoreAsync(CancellationToken cancellationToken) => Task.FromResult<IEpochStore>(new MemoryStore(cluster, Index));

    public override IShardInbox InboxOf(string step, Action notify) => cluster.InboxOf(step, Index, notify);
}
