using System.Buffers;
using System.Text;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Shards;

/// <summary>A sink of lines. In a shard they are part of its epochs, in a job of its own they are collected.</summary>
internal sealed class SharedSink : IOutboxSink<string>, IShardSink<string>
{
    public CollectingSink<string> Collected { get; } = new();

    public ValueTask<ISinkWriter<string>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => Collected.OpenAsync(context, cancellationToken);

    public ValueTask<IOutboxWriter<string>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IOutboxWriter<string> OpenShardOutbox(ShardPlace shard, string step) => new Writer();

    private sealed class Writer : IOutboxWriter<string>
    {
        public void Encode(SinkBatch<string> batch, IBufferWriter<byte> outbox)
        {
            foreach (string line in batch.Values.Span)
            {
                outbox.Write(Encoding.UTF8.GetBytes($"{line}\n"));
            }
        }

        public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }
}
