using System.Buffers;

namespace IoTStream.Runtime;

/// <summary>What a shard sends to others in an epoch: the commit of the epoch delivers it.</summary>
internal sealed class ShardOutbox(string step) : Outbox(step, remembers: true)
{
    public override ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => throw Undelivered();

    public override ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) => throw Undelivered();

    private static InvalidOperationException Undelivered() => new("What goes to other shards is delivered by the commit of its epoch.");
}
