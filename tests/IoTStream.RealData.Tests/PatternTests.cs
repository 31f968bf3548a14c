using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.RealData.Tests;

/// <summary>What happened after what on the roads of a city, against SQL over the same files.</summary>
[Parallelizable(ParallelScope.All)]
public class PatternTests
{
    [TestCase(1)]
    [TestCase(3)]
    public async Task Traffic_that_slows_down_at_once_and_is_fast_again_within_an_hour(int lanes)
    {
        using var database = new Database(Series.Traffic);
        var expected = database.Query(
            """
            select a.series, a.ts, b.ts, c.ts
            from (select *, row_number() over (partition by series order by ts, n) as i from samples) a
            join (
                select *,
                    row_number() over w as i,
                    min(case when value >= 75 then ts end) over (w rows between 1 following and unbounded following) as fast
                from samples
                window w as (partition by series order by ts, n)) b on b.series = a.series and b.i = a.i + 1
            join samples c on c.series = a.series and c.ts = b.fast
            where a.value >= 75 and b.value < 65 and c.ts < a.ts + interval '1 hour'
            """,
            row => (row.GetString(0), row.Instant(1), row.Instant(2), row.Instant(3)));

        PatternStep<Sample> fast = Pattern.Step<Sample>("fast", sample => sample.Value >= 75);
        PatternStep<Sample> slow = Pattern.Step<Sample>("slow", sample => sample.Value < 65);
        PatternStep<Sample> fastAgain = Pattern.Step<Sample>("fast again", sample => sample.Value >= 75);
        var results = new TestSink<(string, DateTimeOffset, DateTimeOffset, DateTimeOffset)>();
        var builder = new TopologyBuilder("city");
        DataStream<Sample>[] sensors = [.. Series.Traffic.Select(series =>
            builder.From(series.Name, series.Source()).WithEventTime(sample => sample.Time, Watermarks.Monotonous()))];
        sensors[0].Union([.. sensors[1..]]).KeyBy(sample => sample.Series)
            .Match(
                "dip",
                Pattern.Begin(fast).Next(slow).FollowedBy(fastAgain).Within(TimeSpan.FromHours(1)),
                AfterMatch.NoSkip,
                (series, match) => (series, match.First(fast).Time, match.First(slow).Time, match.First(fastAgain).Time))
            .To("results", results);
        await builder.RunAsync(lanes);

        expected.Should().HaveCountGreaterThan(30);
        results.Values.Order().Should().Equal(expected.Order());
    }
}
