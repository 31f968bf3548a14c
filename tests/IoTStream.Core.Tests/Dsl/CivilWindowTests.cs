using System.Globalization;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class CivilWindowTests
{
    [TestCase("Europe/Berlin", "2026-03-29T12:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z", TestName = "Clocks put forward make a day of 23 hours")]
    [TestCase("Europe/Berlin", "2026-10-25T12:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z", TestName = "Clocks set back make a day of 25 hours")]
    [TestCase("America/Sao_Paulo", "2018-11-04T12:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z", TestName = "A day without a midnight begins at one")]
    [TestCase("America/Sao_Paulo", "2018-02-18T02:30Z", "2018-02-17T02:00Z", "2018-02-18T03:00Z", TestName = "The last hour of a day comes twice")]
    [TestCase("Australia/Lord_Howe", "2026-04-04T20:00Z", "2026-04-04T13:00Z", "2026-04-05T13:30Z", TestName = "Clocks set back by half an hour")]
    [TestCase("Asia/Kathmandu", "2026-06-01T12:00Z", "2026-05-31T18:15Z", "2026-06-01T18:15Z", TestName = "Three quarters of an hour from UTC")]
    [TestCase("Pacific/Apia", "2011-12-30T09:59Z", "2011-12-29T10:00Z", "2011-12-30T10:00Z", TestName = "The day before the one that was skipped")]
    [TestCase("Pacific/Apia", "2011-12-30T10:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z", TestName = "The day after the one that was skipped")]
    [TestCase("America/St_Johns", "2006-10-29T03:00Z", "2006-10-29T02:30Z", "2006-10-30T03:30Z", TestName = "Clocks set back over midnight do not bring the day before back")]
    [TestCase("UTC", "0001-01-01T00:00Z", "0001-01-01T00:00Z", "0001-01-02T00:00Z", TestName = "The first day")]
    [TestCase("UTC", "9999-12-31T23:59Z", "9999-12-31T00:00Z", "9999-12-31T23:59:59.9999999Z", TestName = "The last day")]
    public void Days(string zone, string record, string start, string end) => WindowOf(Civil.Days(Zones.Find(zone)), record).Should().Be((At(start), At(end)));

    [TestCase(DayOfWeek.Monday, "2026-03-22T23:00Z", "2026-03-29T22:00Z")]
    [TestCase(DayOfWeek.Sunday, "2026-03-28T23:00Z", "2026-04-04T22:00Z")]
    [TestCase(DayOfWeek.Saturday, "2026-03-27T23:00Z", "2026-04-03T22:00Z")]
    public void Weeks_begin_on_the_day_that_is_given(DayOfWeek first, string start, string end) =>
        WindowOf(Civil.Weeks(Zones.Find("Europe/Berlin"), first), "2026-03-29T12:00Z").Should().Be((At(start), At(end)));

    [TestCase("2028-02-29T12:00Z", "2028-01-31T23:00Z", "2028-02-29T23:00Z")]
    [TestCase("2026-03-31T22:00Z", "2026-03-31T22:00Z", "2026-04-30T22:00Z")]
    [TestCase("2026-12-31T12:00Z", "2026-11-30T23:00Z", "2026-12-31T23:00Z")]
    public void Months_are_as_long_as_they_are(string record, string start, string end) =>
        WindowOf(Civil.Months(Zones.Find("Europe/Berlin")), record).Should().Be((At(start), At(end)));

    [TestCase("Pacific/Apia")]
    [TestCase("America/New_York")]
    public void The_first_and_the_last_instants_are_in_windows_too(string name)
    {
        TimeZoneInfo zone = Zones.Find(name);
        foreach (CivilWindows windows in (CivilWindows[])[Civil.Days(zone), Civil.Weeks(zone, DayOfWeek.Sunday), Civil.Months(zone)])
        {
            foreach (DateTimeOffset time in (DateTimeOffset[])[DateTimeOffset.MinValue, DateTimeOffset.MaxValue])
            {
                (DateTimeOffset start, DateTimeOffset end) = WindowOf(windows, time.ToString("O"));
                start.Should().BeOnOrBefore(time);
                end.Should().BeOnOrAfter(time);
                (end - start).Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromDays(32));
            }
        }
    }

    [Test]
    public void A_day_is_corrected_as_long_as_lateness_allows()
    {
        string[] results = Results(
            keyed => keyed.Window(Civil.Days(Zones.Find("Europe/Berlin")), AllowedLateness.Of(TimeSpan.FromHours(2))),
            out int late,
            "2026-03-29T21:59Z",
            "2026-03-29T22:00Z",
            "2026-03-29T21:00Z",
            "2026-03-29T20:00Z",
            "2026-03-30T00:00Z",
            "2026-03-29T21:30Z");

        results.Should().Equal("2026-03-28: 1 OnTime 0", "2026-03-28: 2 Late 1", "2026-03-28: 3 Late 2", "2026-03-29: 2 OnTime 0");
        late.Should().Be(1);
    }

    [Test]
    public void Triggers_give_early_results_of_days()
    {
        string[] results = Results(
            keyed => keyed
                .Window(Civil.Days(Zones.Find("Europe/Berlin")), AllowedLateness.None)
                .Trigger(Triggers.EarlyEveryEventTime(TimeSpan.FromHours(12))),
            out _,
            "2026-03-29T01:00Z",
            "2026-03-29T11:00Z",
            "2026-03-29T12:00Z",
            "2026-03-29T12:30Z",
            "2026-03-29T13:00Z",
            "2026-03-29T21:59Z");

        results.Should().Equal("2026-03-28: 2 Early 0", "2026-03-28: 6 OnTime 1");
    }

    [Test]
    public void Two_streams_are_joined_by_the_day()
    {
        TimeZoneInfo zone = Zones.Find("Europe/Berlin");
        var builder = new TopologyBuilder("join");
        KeyedStream<int, DateTimeOffset> left = Keyed(builder, "left", "2026-10-24T21:59Z", "2026-10-24T22:00Z");
        KeyedStream<int, DateTimeOffset> right = Keyed(builder, "right", "2026-10-25T22:59Z", "2026-10-25T23:00Z");
        var pairs = new TestSink<string>();
        left.Join(right, Civil.Days(zone), AllowedLateness.None)
            .Select("pairs", (l, r) => $"{l:HH:mm} {r:HH:mm}")
            .Select(result => result.Value)
            .To("out", pairs);

        using TestJob job = TestJob.Start(builder.Build());
        job.RunToEnd();

        pairs.Values.Should().Equal("22:00 22:59");
    }

    [Test]
    public void They_say_what_they_are()
    {
        TimeZoneInfo zone = Zones.Find("Europe/Berlin");

        Civil.Days(zone).ToString().Should().Be("days in Europe/Berlin");
        Civil.Weeks(zone, DayOfWeek.Sunday).ToString().Should().Be("weeks from Sunday in Europe/Berlin");
        Civil.Months(zone).Should().Be(Civil.Months(zone)).And.NotBe(Civil.Days(zone));
        FluentActions.Invoking(() => Civil.Weeks(zone, (DayOfWeek)7)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Civil.Days(null!)).Should().Throw<ArgumentNullException>();
    }

    private static (DateTimeOffset Start, DateTimeOffset End) WindowOf(CivilWindows windows, string record)
    {
        var builder = new TopologyBuilder("one");
        var results = new TestSink<WindowResult<int, long>>();
        Keyed(builder, "source", record).Window(windows, AllowedLateness.None).Aggregate("count", Aggregates.Count<DateTimeOffset>()).To("out", results);
        using TestJob job = TestJob.Start(builder.Build());
        job.RunToEnd();
        return (results.Values.Single().Window.Start, results.Values.Single().Window.End);
    }

    private static string[] Results(
        Func<KeyedStream<int, DateTimeOffset>, WindowedStream<int, DateTimeOffset>> windows, out int late, params string[] records)
    {
        var builder = new TopologyBuilder("several");
        var results = new TestSink<string>();
        var lateOnes = new TestSink<DateTimeOffset>();
        windows(Keyed(builder, "source", records))
            .Aggregate("count", Aggregates.Count<DateTimeOffset>(), out DataStream<DateTimeOffset> lateStream)
            .Select(result => $"{result.Window.Start:yyyy-MM-dd}: {result.Value} {result.Timing} {result.Pane}")
            .To("out", results);
        lateStream.To("late", lateOnes);
        using TestJob job = TestJob.Start(builder.Build(), new TestJobOptions { BatchSize = 1 });
        job.RunToEnd();
        late = lateOnes.Values.Count;
        return [.. results.Values];
    }

    private static KeyedStream<int, DateTimeOffset> Keyed(TopologyBuilder builder, string name, params string[] records) => builder
        .From(name, records.Select(At))
        .WithEventTime(time => time, Watermarks.Monotonous())
        .KeyBy(_ => 0);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
