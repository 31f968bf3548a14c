using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Tables of random streams against their definition, at the end and at any moment before.</summary>
[Parallelizable(ParallelScope.All)]
public class TableProperties
{
    [Test]
    public void A_table_has_the_last_record_of_each_key_at_any_moment() => Property.Holds(TableCase.Create, Check, input => input.Shrink());

    private static void Check(TableCase input)
    {
        (ILookup<int, Reading?> histories, int late) = input.Expect();
        var sink = new CollectingSink<Reading>();
        KeyedTable<int, Reading> table = Describe(input, sink, out Topology topology);
        var observer = new Observer(histories, new Random(input.Seed));

        IReadOnlyList<StepMetrics> metrics = Run(input, topology, table, observer);

        Dictionary<int, Reading> last = histories
            .Where(history => history.Last() is not null)
            .ToDictionary(history => history.Key, history => history.Last()!);
        observer.Entries.Should().Equal(last);
        observer.Scanned.Should().Equal(last);
        Reading[] passed = [.. input.Records.Where(record => !input.Fails(record))];
        StepMetrics step = metrics.Of("twins");
        (step.RecordsIn, step.RecordsOut, step.Late, step.Errors, step.Dropped).Should().Be(
            (input.Records.Length, passed.Length, late, input.Records.Length - passed.Length, input.Records.Length - passed.Length));
        if (input.IsConsumed)
        {
            IEnumerable<int> ByKey(IEnumerable<Reading> records) => records.OrderBy(record => record.Key).Select(record => record.Id);
            ByKey(sink.Values).Should().Equal(ByKey(passed), "all records are passed on, those of a key in their order");
        }
    }

    private static KeyedTable<int, Reading> Describe(TableCase input, CollectingSink<Reading> sink, out Topology topology)
    {
        var builder = new TopologyBuilder("tables");
        var random = new Random(input.Seed);
        DataStream<Reading> stream = builder.From("records", new ArraySource<Reading>([input.Records], _ => random.Next(1, input.ReadSize + 1)));
        if (input.HasEventTime)
        {
            stream = stream.WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Bound)));
        }

        KeyedStream<int, Reading> keyed = stream.KeyBy(reading => input.Fails(reading) && !input.HasRemovals
            ? throw new InvalidOperationException("no key")
            : reading.Key);
        KeyedTable<int, Reading> table = input.HasRemovals
            ? keyed.ToTable(
                "twins",
                reading => input.Fails(reading) ? throw new InvalidOperationException("no idea") : input.Removes(reading),
                AllowedLateness.Of(TimeSpan.FromTicks(input.Lateness)),
                ErrorPolicy.Skip)
            : keyed.ToTable("twins", ErrorPolicy.Skip);
        if (input.IsConsumed)
        {
            table.Records.Process("passed", () => new PassOn()).To("sink", sink);
        }

        topology = builder.Build();
        return table;
    }

    private static IReadOnlyList<StepMetrics> Run(TableCase input, Topology topology, KeyedTable<int, Reading> table, Observer observer)
    {
        var options = new JobOptions { Lanes = input.Lanes, BatchSize = input.BatchSize, ExchangeCapacity = input.ExchangeCapacity };
        if (!input.Threads)
        {
            return topology.Step(
                options,
                new Random(input.Seed),
                new Gate(new Random(input.Seed)),
                program => observer.ObserveAsync(table.In(program)).GetAwaiter().GetResult());
        }

        IReadOnlyList<StepMetrics> metrics = [];
        Connectors.Run.Now(async () =>
        {
            await using Job job = await topology.StartAsync(options);
            while (!job.Completion.IsCompleted)
            {
                await observer.ObserveAsync(job.Table(table));
            }

            await observer.ObserveAsync(job.Table(table));
            metrics = job.GetMetrics();
        });
        return metrics;
    }

    private sealed class PassOn : KeyedProcess<int, Reading, Reading>
    {
        public override void OnRecord(Reading record, KeyedProcessContext<int, Reading> context) => context.Emit(record);
    }

    /// <summary>Asks for what there is, and sees to it that each key goes through its states in their order.</summary>
    private sealed class Observer(ILookup<int, Reading?> histories, Random random)
    {
        private readonly Dictionary<int, int> _reached = [];

        /// <summary>What was there when it was last asked for, key by key.</summary>
        public Dictionary<int, Reading> Entries { get; private set; } = [];

        /// <summary>What was there when all was last asked for.</summary>
        public Dictionary<int, Reading> Scanned { get; private set; } = [];

        public async Task ObserveAsync(TableView<int, Reading> view)
        {
            int parity = random.Next(3);
            Func<TableEntry<int, Reading>, bool>? predicate = parity == 2 ? null : entry => entry.Key % 2 == parity;
            foreach (TableEntry<int, Reading> entry in await view.ScanAsync(predicate))
            {
                (predicate?.Invoke(entry) ?? true).Should().BeTrue();
                See(entry.Key, entry);
            }

            Entries = [];
            for (int key = 0; key < 13; key++)
            {
                TableEntry<int, Reading>? entry = await view.GetAsync(key);
                See(key, entry);
                if (entry is { } found)
                {
                    Entries.Add(key, found.Value);
                }
            }

            Scanned = (await view.ScanAsync()).ToDictionary(entry => entry.Key, entry => entry.Value);
        }

        private void See(int key, TableEntry<int, Reading>? entry)
        {
            Reading?[] states = [null, .. histories[key]];
            int state = Array.IndexOf(states, entry?.Value, _reached.GetValueOrDefault(key));
            state.Should().BeGreaterThanOrEqualTo(0, "key {0} has such an entry after one of its records, and no earlier one than before: {1}", key, entry);
            _reached[key] = state;
            if (entry is { } found)
            {
                found.Key.Should().Be(key);
            }
        }
    }
}
