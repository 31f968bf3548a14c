using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

/// <summary>What streams are made of: the steps without state, and how they are put together.</summary>
[Parallelizable(ParallelScope.All)]
[TestFixture(1)]
[TestFixture(4)]
public class StreamTests(int lanes)
{
    private readonly JobOptions _options = new() { Lanes = lanes, BatchSize = 7, ExchangeCapacity = 1 };

    [Test]
    public async Task Query_syntax_works()
    {
        var sink = new CollectingSink<string>();
        var builder = new TopologyBuilder("t");
        DataStream<string> query =
            from value in builder.From("s", new ArraySource<int>(1, 2, 3, 4))
            where value % 2 == 0
            from letter in "ab"
            select $"{value}{letter}";
        query.To("sink", sink);

        await builder.Build().RunAsync(_options);

        sink.Values.Should().Equal("2a", "2b", "4a", "4b");
    }

    [Test]
    public async Task A_stream_with_several_consumers_gives_each_of_them_every_record()
    {
        var sinks = Enumerable.Range(0, 3).Select(_ => new CollectingSink<int>()).ToArray();
        var builder = new TopologyBuilder("t");
        DataStream<int> stream = builder.From("s", new ArraySource<int>([.. Enumerable.Range(0, 100)])).Select(value => value * 2);
        for (int i = 0; i < 3; i++)
        {
            stream.To($"sink {i}", sinks[i]);
        }

        await builder.Build().RunAsync(_options);

        sinks.Should().OnlyContain(sink => sink.Values.SequenceEqual(Enumerable.Range(0, 100).Select(value => value * 2)));
    }

    [Test]
    public async Task A_diamond_brings_every_record_back_together_once()
    {
        var sink = new CollectingSink<(int, long)>();
        var builder = new TopologyBuilder("t");
        IReadOnlyList<DataStream<int>> parts = builder.From("s", new ArraySource<int>([.. Enumerable.Range(0, 500)]))
            .WithEventTime(value => DateTimeOffset.UnixEpoch.AddSeconds(value), Watermarks.Monotonous())
            .Split([value => value % 3 == 0, value => value % 3 == 1]);
        parts[0].SelectMany(value => new[] { value, value })
            .Union(parts[1].Where(value => value % 2 == 0), parts[2])
            .KeyBy(value => value % 10)
            .Window(Sliding.Of(TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(50)), AllowedLateness.None)
            .Aggregate("w", Aggregates.Count<int>())
            .Select(result => (result.Key, result.Value))
            .To("sink", sink);

        await builder.Build().RunAsync(_options);

        // Every record falls into two windows; those that leave 0 come twice, half of those that leave 1 not at all.
        long expected = 2 * Enumerable.Range(0, 500).Sum(value => value % 3 == 0 ? 2 : value % 3 == 1 && value % 2 == 1 ? 0 : 1);
        sink.Values.Sum(result => result.Item2).Should().Be(expected);
    }

    [Test]
    public async Task A_stream_can_be_united_with_itself()
    {
        var sink = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        DataStream<int> stream = builder.From("s", new ArraySource<int>([.. Enumerable.Range(0, 50)]));
        stream.Union(stream, stream.Select(value => -value)).To("sink", sink);

        await builder.Build().RunAsync(_options);

        sink.Values.Should().BeEquivalentTo(Enumerable.Range(0, 50).SelectMany(value => new[] { value, value, -value }));
    }

    [Test]
    public async Task Rebalance_spreads_the_records_over_all_lanes_and_loses_none()
    {
        var threads = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        var sink = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<int>([.. Enumerable.Range(0, 2000)])).Rebalance()
            .Select(value =>
            {
                threads.AddOrUpdate(Thread.CurrentThread.Name!, 1, (_, count) => count + 1);
                return value;
            })
            .To("sink", sink);

        await builder.Build().RunAsync(_options);

        sink.Values.Order().Should().Equal(Enumerable.Range(0, 2000));
        threads.Keys.Order(StringComparer.Ordinal).Should().Equal(Enumerable.Range(0, lanes).Select(lane => $"lane {lane} t"));
        threads.Values.Should().OnlyContain(count => count >= (2000 / lanes) - 100);
    }

    [Test]
    public async Task What_goes_to_a_branch_without_a_consumer_is_counted()
    {
        var builder = new TopologyBuilder("t");
        var sink = new CollectingSink<int>();
        builder.From("s", new ArraySource<int>(1, 2, 3)).Split(value => value == 2, name: "split").Matching.To("sink", sink);

        await using Job job = await builder.Build().StartAsync(_options);
        await Connectors.Within.Time(job.Completion);

        sink.Values.Should().Equal(2);
        StepMetrics split = job.GetMetrics().Of("split");
        (split.RecordsIn, split.RecordsOut, split.Dropped).Should().Be((3, 1, 2));
    }

    [Test]
    public async Task What_is_known_of_a_record_stays_with_it_through_every_step_and_exchange()
    {
        var contexts = new System.Collections.Concurrent.ConcurrentBag<(int Value, string Step, RecordContext Context)>();
        int Note(string step, int value, RecordContext context)
        {
            contexts.Add((value, step, context));
            return value;
        }

        var results = new CollectingSink<WindowResult<int, long>>();
        var late = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        DataStream<int> stream = builder.From("a", Origins(0)).Union(builder.From("b", Origins(1000)))
            .WithEventTime(value => new DateTimeOffset(100_000 + value, TimeSpan.Zero), Watermarks.Monotonous())
            .Where((value, context) => Note("where", value, context) >= 0)
            .Select((value, context) => Note("select", value, context))
            .SelectMany((value, context) => new[] { Note("many", value, context) })
            .Rebalance()
            .Where(value => value % 2 == 0);
        stream.ForEach("each", (value, context) => Note("each", value, context));
        stream.KeyBy(value => value % 5)
            .Window(Tumbling.Of(TimeSpan.FromTicks(10)), AllowedLateness.None)
            .Aggregate("w", Aggregates.Count<int>(), out DataStream<int> lateStream)
            .To("results", results);
        lateStream.To("late", late);

        await builder.Build().RunAsync(_options);

        contexts.CountBy(found => found.Step).Should().BeEquivalentTo(
            new Dictionary<string, int> { ["where"] = 400, ["select"] = 400, ["many"] = 400, ["each"] = 200 });
        foreach ((int value, _, RecordContext context) in contexts.Concat(late.Records.Select(record => (record.Value, "late", record.Context))))
        {
            context.TimestampTicks.Should().Be(100_000 + value);
            context.Source.Should().Be(value < 1000 ? "a" : "b");
            context.Partition.Index.Should().Be(value % 1000 / 100);
            context.Headers.Text("id").Should().Be(value % 4 == 0 ? $"{value}" : null);
        }

        results.Records.Should().NotBeEmpty().And.OnlyContain(record =>
            record.Context.Source == "w" && record.Context.Headers.Count == 0 && record.Context.Timestamp == record.Value.Window.End.AddTicks(-1));
    }

    /// <summary>Two partitions of 100 records each; every fourth record has headers of its own.</summary>
    private static ScriptedSource<int> Origins(int from) => new(2, (batch, reader, call) =>
    {
        for (int i = 0; i < 5; i++)
        {
            int value = from + (reader * 100) + (call * 5) + i;
            if (value % 4 == 0)
            {
                batch.Add(value, new RecordHeaders(new RecordHeader("id", $"{value}")));
            }
            else
            {
                batch.Add(value);
            }
        }

        return call == 19 ? ReadStatus.Ended : ReadStatus.More;
    });
}
