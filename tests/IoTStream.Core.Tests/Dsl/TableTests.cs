using System.Diagnostics.Metrics;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class TableTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task A_table_needs_no_sink_and_is_in_the_plan()
    {
        var builder = new TopologyBuilder("twins");
        KeyedTable<string, Price> table = Prices(builder, new Price("a", 1, 10), new Price("a", 0, 9), new Price("b", 0, 20))
            .ToTable("table", price => price.Value == 0, AllowedLateness.Of(TimeSpan.FromHours(1)));

        Topology topology = builder.Build();
        topology.Explain().Should().Contain("table").And.Contain("Table: last record of each key by event time, with removals, allowed lateness 01:00:00");
        table.Name.Should().Be("table");
        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 2 });
        await Within.Time(job.Completion);

        TableEntry<string, Price>? entry = await job.Table(table).GetAsync("a");
        entry!.Value.Key.Should().Be("a");
        entry.Value.Value.Should().Be(new Price("a", 1, 10));
        entry.Value.Timestamp.Should().Be(Start.AddMinutes(1));
        (await job.Table(table).GetAsync("c")).Should().BeNull();
        (await job.Table(table).ScanAsync()).Select(found => found.Value.Value).Should().BeEquivalentTo([10, 20]);
        (await job.Table(table).ScanAsync(found => found.Value.Value > 10)).Should().ContainSingle().Which.Key.Should().Be("b");
    }

    [Test]
    public void Streams_are_joined_with_what_a_table_had_at_their_time()
    {
        var builder = new TopologyBuilder("prices");
        var results = new CollectingSink<(string, int)>();
        KeyedTable<string, Price> table = Prices(builder, new Price("a", 1, 10), new Price("a", 3, 0), new Price("a", 2, 20))
            .ToTable("table", price => price.Value == 0, AllowedLateness.Of(TimeSpan.FromHours(1)));
        builder.From("orders", [("x", 1), ("y", 2), ("z", 3)])
            .WithEventTime(order => Start.AddMinutes(order.Item2), Watermarks.Monotonous())
            .KeyBy(_ => "a")
            .JoinAsOf(table, AllowedLateness.None)
            .SelectOuter("charged", (order, price) => (order.Item1, price?.Value ?? -1))
            .To("results", results);

        Run.Now(() => builder.Build().RunAsync());

        results.Values.Should().BeEquivalentTo([("x", 10), ("y", 20), ("z", -1)], "a record that removes its key is a deletion");
    }

    [Test]
    public async Task Records_that_fail_go_where_the_policy_says()
    {
        var builder = new TopologyBuilder("t");
        var letters = new CollectingSink<DeadLetter>();
        builder.DeadLetters.To("letters", letters);
        KeyedTable<string, Price> table = Prices(builder, new Price("a", 0, 10), new Price("a", 1, 0), new Price("b", 1, 5)).ToTable(
            "table", price => 100 / price.Value == 0, AllowedLateness.None, ErrorPolicy.DeadLetter);

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        await Within.Time(job.Completion);

        letters.Values.Should().ContainSingle().Which.Reason.Should().BeOfType<DivideByZeroException>();
        (await job.Table(table).ScanAsync()).Select(entry => entry.Value.Value).Should().BeEquivalentTo([10, 5]);
    }

    [Test]
    public async Task Only_tables_of_the_topology_of_a_job_can_be_asked_for()
    {
        var builder = new TopologyBuilder("mine");
        KeyedStream<string, Price> prices = Prices(builder, new Price("a", 0, 10));
        KeyedTable<string, Price> mine = prices.ToTable("table");
        Topology topology = builder.Build();
        KeyedTable<string, Price> added = prices.ToTable("added later");
        KeyedTable<string, Price> other = Prices(new TopologyBuilder("theirs")).ToTable("table");
        await using Job job = await topology.StartAsync();

        foreach (KeyedTable<string, Price> wrong in (KeyedTable<string, Price>[])[added, other])
        {
            Action ask = () => job.Table(wrong);
            ask.Should().Throw<ArgumentException>().WithMessage($"*'mine' has no such table '{wrong.Name}'*topology that the job was started from*");
        }

        job.Table(mine).Name.Should().Be("table");
        await using Job again = await topology.StartAsync();
        again.Table(mine).Should().NotBeSameAs(job.Table(mine), "each job has its own");
    }

    [Test]
    public void What_is_wrong_is_said_when_it_is_described()
    {
        KeyedStream<string, Price> prices = Prices(new TopologyBuilder("t"));
        Action withoutRemovals = () => prices.ToTable("table", null!, AllowedLateness.None);
        Action withoutLateness = () => prices.ToTable("table", _ => true, null!);
        Action otherTopology = () => Prices(new TopologyBuilder("u")).JoinAsOf(prices.ToTable("table"), AllowedLateness.None);

        withoutRemovals.Should().Throw<ArgumentNullException>();
        withoutLateness.Should().Throw<ArgumentNullException>();
        otherTopology.Should().Throw<ArgumentException>().WithMessage("*same TopologyBuilder*");

        var builder = new TopologyBuilder("t");
        Prices(builder).ToTable("");
        Action build = () => builder.Build();
        build.Should().Throw<TopologyException>().WithMessage("*Table step has no name*");
    }

    [Test]
    public async Task The_number_of_keys_is_a_metric()
    {
        var builder = new TopologyBuilder("counted");
        Prices(builder, new Price("a", 0, 10), new Price("b", 0, 10), new Price("c", 0, 10), new Price("b", 1, 0))
            .ToTable("table", price => price.Value == 0, AllowedLateness.Of(TimeSpan.FromHours(1)));
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 3 });
        await Within.Time(job.Completion);

        long keys = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "iotstream.table.keys")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (tags.Contains(new KeyValuePair<string, object?>("topology", "counted")))
            {
                tags.Contains(new KeyValuePair<string, object?>("step", "table")).Should().BeTrue();
                keys += value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();

        keys.Should().Be(2);
    }

    private static KeyedStream<string, Price> Prices(TopologyBuilder builder, params Price[] prices) => builder
        .From("prices", prices)
        .WithEventTime(price => Start.AddMinutes(price.Minute), Watermarks.BoundedOutOfOrderness(TimeSpan.FromHours(1)))
        .KeyBy(price => price.Item);

    private sealed record Price(string Item, int Minute, int Value);
}
