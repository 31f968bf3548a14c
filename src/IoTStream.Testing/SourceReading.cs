using System.Buffers;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>Reads a source as a job would that crashes and is stopped now and then, and goes on from the positions taken last.</summary>
internal sealed class SourceReading<T>(ISource<T> source, Random random, TimeProvider timeProvider) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly int[] BatchSizes = [1, 2, 3, 7, 64, 1000];

    private readonly Dictionary<string, Partition> _partitions = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _notified = new(0);
    private List<OpenReader> _open = [];
    private bool _isFirst = true;

    /// <summary>Reads to the end.</summary>
    public async Task ReadAsync(int interruptions, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        int perInterruption = random.Next(1, 30);
        while (_open.Exists(static reader => !reader.HasEnded))
        {
            await ReadSomeAsync(cancellationToken).ConfigureAwait(false);
            if (random.Next(3) == 0)
            {
                TakePositions(acknowledge: random.Next(2) == 0);
            }

            if (interruptions > 0 && random.Next(perInterruption) == 0)
            {
                interruptions--;
                await InterruptAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        // What has ended has a position, too, behind which there is nothing.
        TakePositions(acknowledge: true);
        if (interruptions > 0)
        {
            await InterruptAsync(cancellationToken).ConfigureAwait(false);
            while (_open.Exists(static reader => !reader.HasEnded))
            {
                await ReadSomeAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sees to it that another reading gave the same.</summary>
    public void Compare(SourceReading<T> whole, IEqualityComparer<T> comparer)
    {
        string[] names = [.. _partitions.Keys.Order(StringComparer.Ordinal)];
        string[] wholeNames = [.. whole._partitions.Keys.Order(StringComparer.Ordinal)];
        if (!names.SequenceEqual(wholeNames, StringComparer.Ordinal))
        {
            throw new ConformanceException(
                $"The first partitions of the readers were [{string.Join(", ", wholeNames)}] and are [{string.Join(", ", names)}] when the source is opened again: they must have the same names each time.");
        }

        foreach (string name in names)
        {
            Partition partition = _partitions[name];
            Compare(name, "record", whole._partitions[name].Records, partition.Records, (a, b) => a.Timestamp == b.Timestamp && comparer.Equals(a.Value, b.Value));
            Compare(name, "dead letter", whole._partitions[name].DeadLetters, partition.DeadLetters, static (a, b) => string.Equals(a, b, StringComparison.Ordinal));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _notified.Dispose();
    }

    private static void Compare<TItem>(string partition, string what, List<TItem> expected, List<TItem> actual, Func<TItem, TItem, bool> areSame)
    {
        int same = 0;
        while (same < expected.Count && same < actual.Count && areSame(expected[same], actual[same]))
        {
            same++;
        }

        if (same < expected.Count || same < actual.Count)
        {
            string At(List<TItem> items) => same < items.Count ? $"{items[same]}" : "the end";
            throw new ConformanceException(
                $"In partition '{partition}', {what} number {same} is {At(actual)} when the source is read on from positions, and {At(expected)} when it is read at once.");
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        int batchSize = BatchSizes[random.Next(BatchSizes.Length)];
        Dictionary<string, ReadOnlyMemory<byte>> positions = _partitions
            .Where(static partition => partition.Value.Position is not null)
            .ToDictionary(static partition => partition.Key, static partition => (ReadOnlyMemory<byte>)partition.Value.Position!, StringComparer.Ordinal);
        var context = new SourceContext("conformance", "source", random.Next(1, 5), batchSize, timeProvider, () => _notified.Release(), positions);
        IReadOnlyList<ISourceReader<T>> readers = await source.OpenAsync(context, cancellationToken).ConfigureAwait(false);
        _open = [.. readers.Select(reader => new OpenReader(reader, batchSize))];
        foreach (OpenReader open in _open)
        {
            if (open.Reader is not IPositioned)
            {
                throw new ConformanceException($"The reader {open.Reader} of partition '{open.Name}' does not implement IPositioned.");
            }

            if (!_partitions.ContainsKey(open.Name))
            {
                if (!_isFirst)
                {
                    throw new ConformanceException($"There is a partition '{open.Name}' that was not there before: partitions must have the same names each time.");
                }

                _partitions.Add(open.Name, new Partition());
            }
        }

        if (_open.DistinctBy(static open => open.Name, StringComparer.Ordinal).Count() != _open.Count)
        {
            throw new ConformanceException("Two readers have a first partition of the same name: positions are found again by it.");
        }

        _isFirst = false;
    }

    private async Task ReadSomeAsync(CancellationToken cancellationToken)
    {
        List<OpenReader> left = [.. _open.Where(static reader => !reader.HasEnded)];
        int first = random.Next(left.Count);
        for (int i = 0; i < left.Count; i++)
        {
            if (Read(left[(first + i) % left.Count]))
            {
                return;
            }
        }

        if (!await _notified.WaitAsync(Patience, cancellationToken).ConfigureAwait(false))
        {
            throw new ConformanceException(
                $"All readers have been drained, but for {Patience} none said by NotifyAvailable that it can be read again, nor has any ended; the check needs a source that ends.");
        }
    }

    /// <returns>Whether there was something, be it the end.</returns>
    private bool Read(OpenReader open)
    {
        SourceBatch<T> batch = open.Batch;
        batch.Clear();
        ReadStatus status = open.Reader.Read(batch);
        open.HasEnded = status == ReadStatus.Ended;
        open.Items += batch.Items;
        Partition partition = _partitions[open.Name];
        for (int i = 0; i < batch.Count; i++)
        {
            partition.Records.Add(new Received(batch.HasTimestamps ? batch.Timestamps[i] : 0, batch.Values[i]));
        }

        foreach (DeadLetter letter in batch.DeadLetters ?? [])
        {
            partition.DeadLetters.Add($"'{Encoding.UTF8.GetString(letter.Payload.Span)}' ({string.Join(", ", letter.Headers.Select(static header => header.Name + ": " + Encoding.UTF8.GetString(header.Value.Span)))})");
        }

        return status != ReadStatus.Drained || batch.Items > 0;
    }

    private void TakePositions(bool acknowledge)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (OpenReader open in _open)
        {
            bytes.Clear();
            ((IPositioned)open.Reader).WritePosition(bytes);
            Partition partition = _partitions[open.Name];
            partition.Position = bytes.WrittenSpan.ToArray();
            partition.RecordsBefore = partition.Records.Count;
            partition.DeadLettersBefore = partition.DeadLetters.Count;
            if (acknowledge && open.Reader is IAcknowledging acknowledging)
            {
                acknowledging.Acknowledge(open.Items);
            }
        }
    }

    /// <summary>Crashes, or stops first; then opens the source again where it was at the positions taken last.</summary>
    private async Task InterruptAsync(CancellationToken cancellationToken)
    {
        if (random.Next(3) == 0)
        {
            await StopAsync(cancellationToken).ConfigureAwait(false);
        }

        await CloseAsync().ConfigureAwait(false);
        foreach (Partition partition in _partitions.Values)
        {
            partition.Records.RemoveRange(partition.RecordsBefore, partition.Records.Count - partition.RecordsBefore);
            partition.DeadLetters.RemoveRange(partition.DeadLettersBefore, partition.DeadLetters.Count - partition.DeadLettersBefore);
        }

        await OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What readers hold is drained as when a job is stopped, and counts as handed out.</summary>
    private async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (OpenReader open in _open)
        {
            if (open.Reader is IDrainable drainable)
            {
                drainable.BeginDrain();
            }
            else
            {
                open.HasEnded = true;
            }
        }

        while (_open.Exists(static reader => !reader.HasEnded))
        {
            await ReadSomeAsync(cancellationToken).ConfigureAwait(false);
        }

        TakePositions(acknowledge: true);
    }

    private async Task CloseAsync()
    {
        foreach (OpenReader open in _open)
        {
            await open.Reader.DisposeAsync().ConfigureAwait(false);
        }

        _open = [];
    }

    private readonly record struct Received(long Timestamp, T Value)
    {
        public override string ToString() => $"{Value}";
    }

    private sealed class Partition
    {
        public List<Received> Records { get; } = [];

        public List<string> DeadLetters { get; } = [];

        public byte[]? Position { get; set; }

        public int RecordsBefore { get; set; }

        public int DeadLettersBefore { get; set; }
    }

    private sealed class OpenReader(ISourceReader<T> reader, int batchSize)
    {
        public ISourceReader<T> Reader { get; } = reader;

        public string Name { get; } = reader.Partitions[0].Name;

        public SourceBatch<T> Batch { get; } = new(batchSize, reader.Partitions[0]);

        public bool HasEnded { get; set; }

        /// <summary>Records and dead letters handed out since it was opened.</summary>
        public long Items { get; set; }
    }
}
