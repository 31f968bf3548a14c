using IoTStream.Connectors;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Epochs;

/// <summary>Hands items out a few at a time, is silent in between, and ends or does not.</summary>
internal sealed class ItemSource(string name, int[] counts, bool ends, int seed) : ISource<Item>
{
    private SourceContext? _context;
    private Reader[] _readers = [];

    /// <summary>What has been handed out; to be asked when the job has ended.</summary>
    public IEnumerable<ReaderCount> Given => _readers.Select((reader, index) => new ReaderCount(name, index, reader.Given));

    public ValueTask<IReadOnlyList<ISourceReader<Item>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _readers = [.. counts.Select((count, index) => new Reader(name, index, count, ends, seed + index))];
        return new(_readers);
    }

    /// <summary>Silent readers may have something again.</summary>
    public void Stir() => _context?.NotifyAvailable();

    private sealed class Reader(string source, int index, int count, bool ends, int seed) : ISourceReader<Item>
    {
        private readonly Random _random = new(seed);

        public int Given { get; private set; }

        public IReadOnlyList<SourcePartition> Partitions { get; } = [new(source, index, $"{index}")];

        public ReadStatus Read(SourceBatch<Item> batch)
        {
            int some = _random.Next(4) == 0 ? 0 : Math.Min(_random.Next(1, batch.Free + 1), count - Given);
            for (int i = 0; i < some; i++)
            {
                batch.Add(new Item(source, index, Given++));
            }

            return Given == count && ends ? ReadStatus.Ended : _random.Next(3) == 0 ? ReadStatus.Drained : ReadStatus.More;
        }

        public ValueTask DisposeAsync() => default;
    }
}
