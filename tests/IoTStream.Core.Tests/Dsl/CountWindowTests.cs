using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class CountWindowTests
{
    [Test]
    public void A_result_spans_the_timestamps_of_its_records()
    {
        var source = new TestSource<int>();
        var results = new TestSink<string>();
        var builder = new TopologyBuilder("t");
        builder.From("in", source)
            .WithEventTime(second => DateTimeOffset.UnixEpoch.AddSeconds(second), Watermarks.Monotonous())
            .KeyBy(_ => 0)
            .Window(CountWindows.Of(3))
            .Aggregate("w", Aggregates.Count<int>())
            .Select((result, context) => $"{result.Window.Start:ss.FFFFFFF} {result.Window.End:ss.FFFFFFF} {context.Timestamp:ss} {result.Value}")
            .To("out", results);
        using TestJob job = TestJob.Start(builder.Build());

        source.AddRange(5, 3, 4, 9);
        job.Settle();

        results.Values.Should().Equal("03 05.0000001 05 3");
    }

    [Test]
    public async Task No_event_time_is_needed()
    {
        List<long> results = [];
        var builder = new TopologyBuilder("t");
        KeyedStream<int, int> keyed = builder.From("in", Enumerable.Range(0, 10)).KeyBy(_ => 0);
        keyed.Window(CountWindows.Of(4)).Aggregate("counted", Aggregates.Count<int>()).ForEach("a", result => results.Add(result.Value));
        keyed.GlobalWindow(Triggers.OnTime).Aggregate("all", Aggregates.Count<int>()).ForEach("b", result => results.Add(result.Value));

        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });

        results.Should().BeEquivalentTo([4, 4, 2, 10]);
    }

    [Test]
    public void A_global_window_gives_results_as_processing_time_passes()
    {
        var source = new TestSource<int>();
        var results = new TestSink<string>();
        var builder = new TopologyBuilder("t");
        builder.From("in", source)
            .KeyBy(value => value)
            .GlobalWindow(Triggers.EarlyEvery(TimeSpan.FromSeconds(10)))
            .Aggregate("w", Aggregates.Count<int>())
            .Select(result => $"{result.Key}: {result.Value} {result.Timing} {result.Pane}")
            .To("out", results);
        using TestJob job = TestJob.Start(builder.Build());

        source.AddRange(1, 1, 2);
        job.AdvanceTime(TimeSpan.FromSeconds(9.9));
        source.Add(1);
        job.AdvanceTime(TimeSpan.FromSeconds(0.1));
        results.TakeNew().Should().Equal("1: 3 Early 0", "2: 1 Early 0");

        job.AdvanceTime(TimeSpan.FromHours(1));
        results.TakeNew().Should().BeEmpty("nothing has come since");

        source.Add(2);
        source.End();
        job.RunToEnd();
        results.TakeNew().Should().BeEquivalentTo("1: 3 OnTime 1", "2: 2 OnTime 1");
    }

    [Test]
    public void Mistakes_are_told_when_they_are_made()
    {
        FluentActions.Invoking(() => CountWindows.Of(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => CountWindows.Of(3, every: 4)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => CountWindows.Of(3, every: 0)).Should().Throw<ArgumentOutOfRangeException>();
        KeyedStream<int, int> keyed = new TopologyBuilder("t").From("in", new[] { 1 }).KeyBy(value => value);
        keyed.Invoking(stream => stream.Window(CountWindows.Of(3)).Trigger(Triggers.EarlyEvery(2)).Aggregate("w", Aggregates.Count<int>()))
            .Should().Throw<ArgumentException>().WithMessage("*triggers*");
        keyed.Invoking(stream => stream.Window(CountWindows.Of(3), AllowedLateness.Of(TimeSpan.FromSeconds(1))).Aggregate("w", Aggregates.Count<int>()))
            .Should().Throw<ArgumentException>().WithMessage("*never late*");
        FluentActions.Invoking(() => Triggers.EarlyEvery(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Triggers.EarlyEvery(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Triggers.EarlyEveryEventTime(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Triggers.OnTime.LateEvery(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
