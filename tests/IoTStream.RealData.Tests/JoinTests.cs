using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.RealData.Tests;

/// <summary>What two sensors of one road say at about the same time, against SQL over the same files.</summary>
[Parallelizable(ParallelScope.All)]
public class JoinTests
{
    private static readonly Series Speed = Series.Traffic[0];
    private static readonly Series Occupancy = Series.Traffic[2];

    [TestCase(-10, 10, 1)]
    [TestCase(0, 5, 3)]
    [TestCase(-60, -30, 2)]
    public async Task Speed_and_occupancy_of_a_road(int lower, int upper, int lanes)
    {
        using var database = new Database(Speed, Occupancy);
        var expected = database.Query(
            $"""
            select s.ts, s.value, o.ts, o.value, greatest(s.ts, o.ts)
            from samples s join samples o on o.ts between s.ts + interval '{lower} minutes' and s.ts + interval '{upper} minutes'
            where s.series = '{Speed.Name}' and o.series = '{Occupancy.Name}'
            """,
            row => (row.Instant(0), row.Number(1), row.Instant(2), row.Number(3), row.Instant(4)));

        var results = new TestSink<(DateTimeOffset, double, DateTimeOffset, double, DateTimeOffset)>();
        var builder = new TopologyBuilder("road");
        Keyed(builder, Speed)
            .Join(Keyed(builder, Occupancy), Between(lower, upper), AllowedLateness.None)
            .Select("pairs", (speed, occupancy) => (speed, occupancy))
            .Select((pair, context) => (pair.speed.Time, pair.speed.Value, pair.occupancy.Time, pair.occupancy.Value, context.Timestamp))
            .To("results", results);
        await builder.RunAsync(lanes);

        expected.Should().HaveCountGreaterThan(1_000);
        results.Values.Order().Should().Equal(expected.Order());
    }

    [TestCase(1)]
    [TestCase(3)]
    public async Task Speeds_for_which_no_occupancy_is_known(int lanes)
    {
        using var database = new Database(Speed, Occupancy);
        var expected = database.Query(
            $"""
            select s.ts, s.value
            from samples s
            where s.series = '{Speed.Name}' and not exists (
                select 1 from samples o
                where o.series = '{Occupancy.Name}' and o.ts between s.ts - interval '2 minutes' and s.ts + interval '2 minutes')
            """,
            row => (row.Instant(0), row.Number(1)));

        var results = new TestSink<(DateTimeOffset, double)>();
        var builder = new TopologyBuilder("road");
        Keyed(builder, Speed)
            .Join(Keyed(builder, Occupancy), Between(-2, 2), AllowedLateness.None)
            .SelectOuter("pairs", OuterJoin.Left, (speed, occupancy) => (Speed: speed!, Occupancy: occupancy))
            .Where(pair => pair.Occupancy is null)
            .Select(pair => (pair.Speed.Time, pair.Speed.Value))
            .To("results", results);
        await builder.RunAsync(lanes);

        expected.Should().NotBeEmpty();
        results.Values.Order().Should().Equal(expected.Order());
    }

    private static JoinInterval Between(int lower, int upper) => JoinInterval.Between(TimeSpan.FromMinutes(lower), TimeSpan.FromMinutes(upper));

    private static KeyedStream<string, Sample> Keyed(TopologyBuilder builder, Series series) =>
        builder.From(series.Name, series.Source()).WithEventTime(sample => sample.Time, Watermarks.Monotonous()).KeyBy(_ => "road");
}
