using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Epochs;

/// <summary>A sink that notes what was written, and where the job cut it into epochs. Calls can be made to wait.</summary>
internal sealed class ItemSink(EpochLog log, Func<string, ValueTask> wait) : ISink<Item>
{
    public bool AllowsParallelWriters { get; init; }

    public ValueTask<ISinkWriter<Item>> OpenAsync(SinkContext context, CancellationToken cancellationToken) =>
        new(new Writer(log, wait, context.Writer));

    private sealed class Writer(EpochLog log, Func<string, ValueTask> wait, int lane) : ISinkWriter<Item>, IEpochWriter
    {
        public async ValueTask WriteAsync(SinkBatch<Item> batch, CancellationToken cancellationToken)
        {
            await wait("write");
            foreach (Item item in batch.Values.ToArray())
            {
                log.Add(lane, item);
            }
        }

        public async ValueTask CutAsync(long epoch, CancellationToken cancellationToken)
        {
            await wait("cut");
            log.Mark(lane, epoch);
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => wait("flush");

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => wait("complete");

        public ValueTask DisposeAsync() => default;
    }
}
