using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Macro;

/// <summary>A source whose readers hand out given records in batches of given sizes.</summary>
internal sealed class ArraySource<T>(T[][] partitions, Func<int, int>? batchSizes = null) : ISource<T>
{
    public ArraySource(params T[] records)
        : this([records])
    {
    }

    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<ISourceReader<T>> readers =
            [.. partitions.Select((records, index) => new Reader(records, batchSizes, new SourcePartition(context.Step, index, $"{index}")))];
        return new(readers);
    }

    private sealed class Reader(T[] records, Func<int, int>? batchSizes, SourcePartition partition) : ISourceReader<T>
    {
        private int _next;
        private int _batches;

        public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

        public ReadStatus Read(SourceBatch<T> batch)
        {
            int count = Math.Min(batch.Free, records.Length - _next);
            if (batchSizes is not null)
            {
                count = Math.Min(count, Math.Max(1, batchSizes(_batches++)));
            }

            records.AsSpan(_next, count).CopyTo(batch.GetSpan());
            batch.Advance(count);
            _next += count;
            return _next == records.Length ? ReadStatus.Ended : ReadStatus.More;
        }

        public ValueTask DisposeAsync() => default;
    }
}
