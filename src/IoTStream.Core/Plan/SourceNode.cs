using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Plan;

/// <summary>A source as the compilation sees it, whatever the type of its records.</summary>
internal interface ISourceNode
{
    ValueTask OpenAsync(Compilation compilation, CancellationToken cancellationToken);

    /// <summary>Makes the tasks that read the source, with all that follows them.</summary>
    void Build(Compilation compilation);

    /// <summary>Says why shards of a topology cannot each read a share of it.</summary>
    /// <returns>Null if they can.</returns>
    string? WhyNotShared();
}

internal sealed class SourceNode<T>(ISource<T> source, string name, int ordinal) : StreamNode<T>(NodeKind.Source, name), ISourceNode
{
    public override bool NeedsName => true;

    public override string Details => typeof(T).Name;

    public override Delivery Delivery => source.Delivery;

    public string? WhyNotShared() => source is IShardSource shared
        ? shared.WhyNotShared()
        : "it has no partitions that could be dealt out to processes. Bring its records to a topic first, with a job of their own";

    public override LaneSet Place(Compilation compilation) =>
        new(Enumerable.Range(0, Opened(compilation).Readers.Count).Select(reader => LaneOf(reader, compilation)));

    public async ValueTask OpenAsync(Compilation compilation, CancellationToken cancellationToken)
    {
        OpenSource opened = Opened(compilation);
        JobOptions options = compilation.Program.Options;
        var context = new SourceContext(
            compilation.Program.Topology, Name, options.Lanes, options.BatchSize, options.TimeProvider, opened.Notify, compilation.Program.Session?.PositionsOf(Name), compilation.Program.Loop is { } loop ? loop.Hurry : null)
        {
            Shard = compilation.Program.Shard,
        };
        opened.Readers = await source.OpenAsync(context, cancellationToken).ConfigureAwait(false);
        foreach (ISourceReader<T> reader in opened.Readers)
        {
            compilation.Program.Resources.Add((Name, reader));
        }

        if (opened.Readers.Count == 0)
        {
            throw new InvalidOperationException("The source opened without a reader; a source needs at least one.");
        }

        if (opened.Readers.Any(reader => reader.Partitions.Count == 0))
        {
            throw new InvalidOperationException("A reader of the source has no partition; it needs at least one, known when it is opened.");
        }

        if (compilation.Program.Session is not null
            && opened.Readers.GroupBy(static reader => reader.Partitions[0].Name, StringComparer.Ordinal).FirstOrDefault(static same => same.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"Two readers of the source have a partition named '{twice.Key}': positions are found again by these names.");
        }
    }

    public void Build(Compilation compilation)
    {
        OpenSource opened = Opened(compilation);
        foreach (int lane in compilation.LanesOf(this).Lanes)
        {
            Operator<T> target = Downstream(compilation, lane);
            StepCounters counters = compilation.Program.AddCounters(Name, lane);
            int[] places = [.. Enumerable.Range(0, opened.Readers.Count).Where(reader => LaneOf(reader, compilation) == lane)];
            var counts = new ReaderCounts(Name, places);
            compilation.Program.Epochs.Add(counts);
            var task = new SourceTask<T>(
                [.. places.Select(place => opened.Readers[place])],
                target,
                counters,
                compilation.ErrorHandler(this, counters, lane),
                compilation.Program.Stop,
                compilation.Context(lane),
                compilation.HoldOf(this, lane),
                counts,
                lane == compilation.LanesOf(this).Lanes[0] ? AbsentPartitions(compilation) : []);
            compilation.Program.Acknowledgements.Add(task.AcknowledgeCommitted);
            opened.Add(task, compilation.Program.Lanes[lane]);
            compilation.Program.Lanes[lane].Add(task);
        }
    }

    /// <summary>What the epoch log has of partitions that the source has not opened this time.</summary>
    private IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> AbsentPartitions(Compilation compilation) => compilation.Program.Session is { } session
        ? [.. session.PositionsOf(Name).Where(position =>
            !Opened(compilation).Readers.Any(reader => string.Equals(reader.Partitions[0].Name, position.Key, StringComparison.Ordinal)))]
        : [];

    /// <summary>With more than one lane sources are read on lanes of their own, which come after those that own keys.</summary>
    private int LaneOf(int reader, Compilation compilation) => compilation.Lanes == 1 ? 0 : compilation.Lanes + ((ordinal + reader) % compilation.Lanes);

    private OpenSource Opened(Compilation compilation) => compilation.Shared(this, lane: 0, () => new OpenSource());

    /// <summary>What one job has of the source. A reader may announce records before the lanes exist: those look by themselves.</summary>
    private sealed class OpenSource
    {
        private volatile (SourceTask<T> Task, Lane Lane)[] _tasks = [];

        public IReadOnlyList<ISourceReader<T>> Readers { get; set; } = [];

        public void Add(SourceTask<T> task, Lane lane) => _tasks = [.. _tasks, (task, lane)];

        public void Notify()
        {
            foreach ((SourceTask<T> task, Lane lane) in _tasks)
            {
                task.Notify();
                lane.Wake();
            }
        }
    }
}
