using IoTStream.Dsl;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.RealData.Tests;

/// <summary>Windows over recorded series, against SQL over the same files.</summary>
[Parallelizable(ParallelScope.All)]
public class WindowTests
{
    // The machine's file has one hour twice: its clock was set back.
    private static readonly WatermarkStrategy Disordered = Watermarks.BoundedOutOfOrderness(TimeSpan.FromHours(2));

    [TestCase(1)]
    [TestCase(3)]
    public async Task An_hour_of_a_machine(int lanes)
    {
        using var database = new Database(Series.Machine);
        var expected = database.Query(
            """
            select time_bucket(interval '1 hour', ts) as start, count(*), avg(value), min(value), max(value), stddev_samp(value), regr_slope(value, epoch(ts))
            from samples group by start
            """,
            row => (Start: row.Instant(0), new Profile(row.GetInt64(1), row.Number(2), row.Number(3), row.Number(4), row.Number(5), row.Number(6))));

        var results = new TestSink<WindowResult<string, Profile>>();
        var builder = new TopologyBuilder("machine");
        builder.From("samples", Series.Machine.Source())
            .WithEventTime(sample => sample.Time, Disordered)
            .KeyBy(sample => sample.Series)
            .Window(Tumbling.Of(TimeSpan.FromHours(1)), AllowedLateness.None)
            .Aggregate("profile", Aggregates.Combine(
                Aggregates.Count<Sample>(),
                Aggregates.Mean<Sample>(sample => sample.Value),
                Aggregates.Min<Sample>(sample => sample.Value),
                Aggregates.Max<Sample>(sample => sample.Value),
                Aggregates.SampleStandardDeviation<Sample>(sample => sample.Value),
                Aggregates.Trend<Sample>(sample => sample.Value),
                (count, mean, min, max, deviation, trend) => new Profile(count, mean, min, max, deviation, trend.SlopePerSecond)))
            .To("results", results);
        await builder.RunAsync(lanes);

        expected.Should().HaveCountGreaterThan(1_800);
        results.Values.Select(result => (result.Window.Start, result.Value)).OrderBy(result => result.Start)
            .Should().Equal(expected.OrderBy(result => result.Start), (actual, wanted) => actual.Start == wanted.Start && actual.Value.IsNear(wanted.Item2));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task The_last_hour_of_a_machine_every_five_minutes(int lanes)
    {
        using var database = new Database(Series.Machine);
        var expected = database.Query(
            """
            select start, avg(value), max(value)
            from (
                select unnest(generate_series(bucket - interval '55 minutes', bucket, interval '5 minutes')) as start, value
                from (select time_bucket(interval '5 minutes', ts) as bucket, value from samples))
            group by start
            """,
            row => (Start: row.Instant(0), Mean: row.Number(1), Max: row.Number(2)));

        var means = new TestSink<WindowResult<string, double>>();
        var maxima = new TestSink<WindowResult<string, double>>();
        var builder = new TopologyBuilder("machine");
        WindowedStream<string, Sample> windows = builder.From("samples", Series.Machine.Source())
            .WithEventTime(sample => sample.Time, Disordered)
            .KeyBy(sample => sample.Series)
            .Window(Sliding.Of(TimeSpan.FromHours(1), every: TimeSpan.FromMinutes(5)), AllowedLateness.None);
        windows.Aggregate("mean", Aggregates.Mean<Sample>(sample => sample.Value)).To("means", means);
        windows.Aggregate("max", Aggregates.Max<Sample>(sample => sample.Value)).To("maxima", maxima);
        await builder.RunAsync(lanes);

        expected.Should().HaveCountGreaterThan(20_000);
        var actual = means.Values.OrderBy(mean => mean.Window.Start)
            .Zip(maxima.Values.OrderBy(max => max.Window.Start), (mean, max) => (mean.Window, Mean: mean.Value, Max: max.Window == mean.Window ? max.Value : double.NaN));
        actual.Should().Equal(
            expected.OrderBy(window => window.Start),
            (window, wanted) => window.Window.Start == wanted.Start && Profile.AreNear(window.Mean, wanted.Mean) && window.Max == wanted.Max);
    }

    [TestCase(1)]
    [TestCase(4)]
    public async Task A_quarter_of_an_hour_of_every_sensor_of_a_city(int lanes)
    {
        using var database = new Database(Series.Traffic);
        var expected = database.Query(
            "select series, time_bucket(interval '15 minutes', ts) as start, count(*), avg(value) from samples group by series, start",
            row => (Series: row.GetString(0), Start: row.Instant(1), Count: row.GetInt64(2), Mean: row.Number(3)));

        var results = new TestSink<WindowResult<string, (long Count, double Mean)>> { AllowsParallelWriters = true };
        var builder = new TopologyBuilder("city");
        Sensors(builder)
            .Window(Tumbling.Of(TimeSpan.FromMinutes(15)), AllowedLateness.None)
            .Aggregate("mean", Aggregates.Combine(
                Aggregates.Count<Sample>(), Aggregates.Mean<Sample>(sample => sample.Value), (count, mean) => (count, mean)))
            .To("results", results);
        await builder.RunAsync(lanes);

        results.Values.Select(result => (Series: result.Key, result.Window.Start, result.Value)).OrderBy(result => result.Series, StringComparer.Ordinal).ThenBy(result => result.Start)
            .Should().Equal(
                expected.OrderBy(result => result.Series, StringComparer.Ordinal).ThenBy(result => result.Start),
                (actual, wanted) => (actual.Series, actual.Start, actual.Value.Count) == (wanted.Series, wanted.Start, wanted.Count)
                    && Profile.AreNear(actual.Value.Mean, wanted.Mean));
    }

    [TestCase(1)]
    [TestCase(3)]
    public async Task The_times_in_which_sensors_report_without_a_break(int lanes)
    {
        using var database = new Database(Series.Traffic);
        var expected = database.Query(
            """
            select series, min(ts), max(ts) + interval '20 minutes', count(*), max(value)
            from (
                select *, sum(begins) over (partition by series order by ts, n) as session
                from (
                    select *, case when ts - lag(ts) over (partition by series order by ts, n) < interval '20 minutes' then 0 else 1 end as begins
                    from samples))
            group by series, session
            """,
            row => (row.GetString(0), row.Instant(1), row.Instant(2), row.GetInt64(3), row.Number(4)));

        var results = new TestSink<WindowResult<string, (long Count, double Max)>>();
        var builder = new TopologyBuilder("city");
        Sensors(builder)
            .Window(Sessions.WithGap(TimeSpan.FromMinutes(20)), AllowedLateness.None)
            .Aggregate("session", Aggregates.Combine(
                Aggregates.Count<Sample>(), Aggregates.Max<Sample>(sample => sample.Value), (count, max) => (count, max)))
            .To("results", results);
        await builder.RunAsync(lanes);

        expected.Should().HaveCountGreaterThan(100);
        results.Values.Select(session => (session.Key, session.Window.Start, session.Window.End, session.Value.Count, session.Value.Max)).Order()
            .Should().Equal(expected.Order());
    }

    [TestCase(0, 0)]
    [TestCase(20, 0)]
    [TestCase(0, 30)]
    [TestCase(10, 15)]
    public async Task What_is_late_when_a_machine_reports_out_of_order(int boundMinutes, int latenessMinutes)
    {
        using var database = new Database(Series.Machine);
        // A row is too late if the rows before it in the file have moved the watermark beyond the end of its window and the lateness.
        string rows = $"""
            select n, ts, value, start, coalesce(start + interval '15 minutes' + interval '{latenessMinutes} minutes' <= seen - interval '{boundMinutes} minutes', false) as late
            from (
                select *, time_bucket(interval '15 minutes', ts) as start, max(ts) over (order by n rows between unbounded preceding and 1 preceding) as seen
                from samples)
            """;
        var expectedLate = database.Query($"select ts, value from ({rows}) where late order by n", row => (row.Instant(0), row.Number(1)));
        var expected = database.Query(
            $"select start, count(*) from ({rows}) where not late group by start", row => (Start: row.Instant(0), Count: row.GetInt64(1)));

        var results = new TestSink<WindowResult<string, long>>();
        var late = new TestSink<Sample>();
        var builder = new TopologyBuilder("machine");
        builder.From("samples", Series.Machine.Source())
            .WithEventTime(sample => sample.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(boundMinutes)))
            .KeyBy(sample => sample.Series)
            .Window(Tumbling.Of(TimeSpan.FromMinutes(15)), AllowedLateness.Of(TimeSpan.FromMinutes(latenessMinutes)))
            .Aggregate("count", Aggregates.Count<Sample>(), out DataStream<Sample> tooLate)
            .To("results", results);
        tooLate.To("late", late);
        await builder.RunAsync(lanes: 1);

        late.Values.Select(sample => (sample.Time, sample.Value)).Should().Equal(expectedLate);
        results.Values.GroupBy(result => result.Window.Start).Select(window => (Start: window.Key, Count: window.Last().Value)).OrderBy(window => window.Start)
            .Should().Equal(expected.OrderBy(window => window.Start));
        expectedLate.Should().NotBeEmpty("these bounds and latenesses do not cover an hour");
    }

    [Test]
    public void A_road_is_the_same_road_whatever_the_schedule()
    {
        Series road = Series.Traffic[1];
        using var database = new Database(road);
        var samples = database.Query("select ts, value from samples order by n", row => new Sample(road.Name, row.Instant(0), row.Number(1)));
        var expected = database.Query(
            "select time_bucket(interval '1 hour', ts) as start, count(*), max(value) from samples group by start",
            row => (row.Instant(0), row.GetInt64(1), row.Number(2)));

        Exploration.Compare(20, expected, options =>
        {
            var source = new TestSource<Sample>();
            var results = new TestSink<(DateTimeOffset, long, double)>();
            var builder = new TopologyBuilder("road");
            builder.From("samples", source)
                .WithEventTime(sample => sample.Time, Watermarks.Monotonous())
                .KeyBy(sample => sample.Series)
                .Window(Tumbling.Of(TimeSpan.FromHours(1)), AllowedLateness.None)
                .Aggregate("hour", Aggregates.Combine(
                    Aggregates.Count<Sample>(), Aggregates.Max<Sample>(sample => sample.Value), (count, max) => (count, max)))
                .Select(hour => (hour.Window.Start, hour.Value.count, hour.Value.max))
                .To("results", results);
            using TestJob test = TestJob.Start(builder.Build(), options);
            source.AddRange(samples);
            source.End();
            test.RunToEnd();
            return results.Values;
        });
    }

    /// <summary>All sensors of the city, each a source of its own, by sensor.</summary>
    private static KeyedStream<string, Sample> Sensors(TopologyBuilder builder)
    {
        DataStream<Sample>[] sensors = [.. Series.Traffic.Select(series =>
            builder.From(series.Name, series.Source()).WithEventTime(sample => sample.Time, Watermarks.Monotonous()))];
        return sensors[0].Union([.. sensors[1..]]).KeyBy(sample => sample.Series);
    }
}
