using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class DeviceTimeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_device_that_was_offline_gets_complete_windows_while_the_others_go_on([Values(1, 3)] int lanes)
    {
        var source = new TestSource<(string Device, int Minute)>(partitions: 2);
        var results = new TestSink<string>();
        using TestJob job = TestJob.Start(Counts(source, results, DeviceTime.Monotonous()), new TestJobOptions { Lanes = lanes });

        source[0].AddRange(Enumerable.Range(0, 120).Select(minute => ("on", minute)));
        source[1].AddRange(Enumerable.Range(0, 7).Select(minute => ("off", minute)));
        job.Settle();
        results.TakeNew().Should().Contain("on 13:50: 5 OnTime").And.Contain("off 12:00: 5 OnTime").And.NotContain("off 12:05: 2 OnTime");

        source[1].AddRange(Enumerable.Range(7, 112).Select(minute => ("off", minute)));
        job.Settle();
        results.TakeNew().Should().HaveCount(22).And.OnlyContain(result => result.StartsWith("off") && result.EndsWith(": 5 OnTime"));

        source.End();
        job.RunToEnd();
        results.TakeNew().Should().BeEquivalentTo("on 13:55: 5 OnTime", "off 13:55: 4 OnTime");
        job.GetMetrics("count").Late.Should().Be(0);
    }

    [Test]
    public void A_silent_device_completes_its_window_and_corrects_it_when_it_comes_back()
    {
        var source = new TestSource<(string Device, int Minute)>();
        var results = new TestSink<string>();
        DeviceTime deviceTime = DeviceTime.Monotonous().WithIdleTimeout(TimeSpan.FromMinutes(10));
        using TestJob job = TestJob.Start(Counts(source, results, deviceTime, AllowedLateness.Of(TimeSpan.FromMinutes(1))));

        source.AddRange(("off", 0), ("off", 1));
        job.AdvanceTime(TimeSpan.FromMinutes(9));
        source.Add(("on", 0));
        job.AdvanceTime(TimeSpan.FromSeconds(59));
        results.TakeNew().Should().BeEmpty("nobody has been silent for ten minutes");

        job.AdvanceTime(TimeSpan.FromSeconds(1));
        results.TakeNew().Should().Equal("off 12:00: 2 OnTime");

        source.AddRange(("off", 2), ("off", 3), ("off", 4), ("off", 5), ("off", 6), ("off", 3));
        job.Settle();
        results.TakeNew().Should().Equal("off 12:00: 3 Late", "off 12:00: 4 Late", "off 12:00: 5 Late");
        job.GetMetrics("count").Late.Should().Be(1, "the last one came when the window had been given up");
    }

    [Test]
    public void A_device_that_was_forgotten_is_a_new_one()
    {
        var source = new TestSource<(string Device, int Minute)>();
        var results = new TestSink<string>();
        DeviceTime deviceTime = DeviceTime.Monotonous().WithIdleTimeout(TimeSpan.FromMinutes(1)).WithMemory(TimeSpan.FromHours(1));
        using TestJob job = TestJob.Start(Counts(source, results, deviceTime));
        source.Add(("a", 0));

        job.AdvanceTime(TimeSpan.FromMinutes(59));
        source.Add(("a", 1));
        job.AdvanceTime(TimeSpan.FromHours(1));
        source.Add(("a", 2));
        job.AdvanceTime(TimeSpan.FromHours(1));

        results.Values.Should().Equal("a 12:00: 1 OnTime", "a 12:00: 1 OnTime");
        job.GetMetrics("count").Late.Should().Be(1);
    }

    [Test]
    public void The_watermark_waits_for_open_windows_of_devices_that_kept_up_but_not_for_those_that_come_back()
    {
        var source = new TestSource<(string Device, int Minute)>();
        var results = new TestSink<string>();
        var fleet = new TestSink<string>();
        DeviceTime deviceTime = DeviceTime.Monotonous().WithIdleTimeout(TimeSpan.FromMinutes(10));
        using TestJob job = TestJob.Start(Counts(source, results, deviceTime, fleet: fleet));

        source.AddRange(("off", 1), ("on", 2), ("on", 11));
        job.Settle();
        fleet.TakeNew().Should().BeEmpty("the window of one device is still open, though the stream has got past it");

        job.AdvanceTime(TimeSpan.FromMinutes(10));
        fleet.TakeNew().Should().Equal("12:00: 2");

        source.AddRange(("off", 6), ("off", 12), ("on", 32));
        job.AdvanceTime(TimeSpan.FromMinutes(10));
        fleet.TakeNew().Should().Equal(["12:10: 2"], "the watermark has waited for the newer one of the windows of the device that came back");
        job.GetMetrics("fleet").Late.Should().Be(1, "the older one came too late");
    }

    [Test]
    public void Time_in_which_the_pipeline_is_held_back_is_no_silence()
    {
        var source = new TestSource<(string Device, int Minute)>();
        var results = new TestSink<string>();
        DeviceTime deviceTime = DeviceTime.Monotonous().WithIdleTimeout(TimeSpan.FromMinutes(10));
        using TestJob job = TestJob.Start(
            Counts(source, results, deviceTime), new TestJobOptions { BatchSize = 1, ExchangeCapacity = 1 });
        source.Add(("a", 0));
        job.AdvanceTime(TimeSpan.FromMinutes(1));

        results.Hold();
        source.AddRange(Enumerable.Range(0, 200).Select(minute => ("b", minute)));
        source.Add(("a", 1));
        job.AdvanceTime(TimeSpan.FromHours(5));
        results.Release();
        job.Settle();

        results.Values.Should().NotContain(result => result.StartsWith('a'), "its second record was there all the time");
        job.AdvanceTime(TimeSpan.FromMinutes(10));
        results.Values.Should().Contain("a 12:00: 2 OnTime");
    }

    [Test]
    public void Nothing_is_kept_of_keys_that_are_gone()
    {
        var clock = new FakeClock();
        var context = new OperatorContext(0, 1024, clock);
        var probe = new Probe<WindowResult<int, long>>();
        var counters = new StepCounters("window", 0);
        var settings = new KeyedWindowSettings(
            new WindowSettings(10, 10, 0, AllowedLateness: 5),
            TriggerSettings.Default,
            DeviceTime.Monotonous().WithIdleTimeout(TimeSpan.FromMinutes(1)).WithMemory(TimeSpan.FromHours(1)));
        var windows = new KeyedWindowOperator<int, int, long, long, CountAggregate<int>>(
            new(value => value), default, merge: null, settings, late: null, probe, counters, new ErrorHandler(ErrorPolicy.Fail, counters, null), context);
        for (int key = 0; key < 1000; key++)
        {
            windows.Push((key, key), (key + 30, key));
        }

        (windows.Keys, windows.Windows).Should().Be((1000, 1000));
        Pass(TimeSpan.FromMinutes(1));
        (windows.Keys, windows.Windows).Should().Be((1000, 1000), "the windows wait for late records");
        probe.Records.Should().HaveCount(2000);
        Pass(TimeSpan.FromHours(1));
        (windows.Keys, windows.Windows).Should().Be((0, 0));
        windows.Deadline.Should().Be(long.MaxValue);

        void Pass(TimeSpan time)
        {
            clock.Advance(time);
            windows.OnTime(clock.GetTimestamp());
        }
    }

    [Test]
    public void Watermarks_wait_for_the_earliest_of_several_results()
    {
        var holds = new WatermarkHolds();
        holds.First.Should().Be(long.MaxValue);
        holds.Add(20);
        holds.Add(10);
        holds.Add(10);
        holds.Remove(10);
        holds.First.Should().Be(10);
        holds.Remove(10);
        holds.First.Should().Be(20);
        holds.Add(10);
        holds.First.Should().Be(10);
    }

    [Test]
    public void Mistakes_are_told_when_they_are_made()
    {
        FluentActions.Invoking(() => DeviceTime.BoundedOutOfOrderness(TimeSpan.FromTicks(-1))).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => DeviceTime.Monotonous().WithIdleTimeout(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => DeviceTime.Monotonous().WithMemory(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>();

        var builder = new TopologyBuilder("t");
        builder.From("in", new[] { 1 })
            .KeyBy(value => value)
            .WithDeviceTime(DeviceTime.Monotonous())
            .Window(Tumbling.Of(TimeSpan.FromSeconds(1)), AllowedLateness.None)
            .Aggregate("w", Aggregates.Count<int>())
            .ForEach("out", _ => { });
        builder.Invoking(b => b.Build()).Should().Throw<TopologyException>().WithMessage("*WithEventTime*");
    }

    private static Topology Counts(
        TestSource<(string Device, int Minute)> source,
        TestSink<string> results,
        DeviceTime deviceTime,
        AllowedLateness? lateness = null,
        TestSink<string>? fleet = null)
    {
        var builder = new TopologyBuilder("devices");
        DataStream<WindowResult<string, long>> counts = builder.From("source", source)
            .WithEventTime(record => Noon.AddMinutes(record.Minute), Watermarks.Monotonous())
            .KeyBy(record => record.Device)
            .WithDeviceTime(deviceTime)
            .Window(Tumbling.Of(TimeSpan.FromMinutes(5)), lateness ?? AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<(string, int)>());
        counts.Select(result => $"{result.Key} {result.Window.Start:HH:mm}: {result.Value} {result.Timing}").To("results", results);
        if (fleet is not null)
        {
            counts.KeyBy(_ => 0)
                .Window(Tumbling.Of(TimeSpan.FromMinutes(10)), AllowedLateness.None)
                .Aggregate("fleet", Aggregates.Sum<WindowResult<string, long>, long>(result => result.Value))
                .Select(result => $"{result.Window.Start:HH:mm}: {result.Value}")
                .To("fleets", fleet);
        }

        return builder.Build();
    }
}
