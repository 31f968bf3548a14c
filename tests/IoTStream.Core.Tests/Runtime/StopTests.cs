using System.Threading.Channels;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Runtime;

/// <summary>A stop completes no window that was not complete: neither a source nor a partition that is stopped lets event time go on.</summary>
[Parallelizable(ParallelScope.All)]
public class StopTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Test]
    public async Task Windows_that_wait_for_the_slower_source_stay_open([Values(1, 2)] int lanes, [Values] bool slowerFirst)
    {
        var fast = Channel.CreateUnbounded<long>();
        var slow = Channel.CreateUnbounded<long>();
        var builder = new TopologyBuilder("two-sources");
        DataStream<long> first = builder.From("first", (slowerFirst ? slow : fast).Reader).WithEventTime(ms => ms, Watermarks.Monotonous());
        DataStream<long> second = builder.From("second", (slowerFirst ? fast : slow).Reader).WithEventTime(ms => ms, Watermarks.Monotonous());

        await CheckAsync(builder, first.Union(second), fast, slow, lanes);
    }

    [Test]
    public async Task Windows_that_wait_for_the_slower_partition_stay_open([Values(1, 2)] int lanes)
    {
        var fast = Channel.CreateUnbounded<long>();
        var slow = Channel.CreateUnbounded<long>();
        var builder = new TopologyBuilder("two-partitions");
        DataStream<long> stream = builder.From("first", fast.Reader).Union(builder.From("second", slow.Reader));

        await CheckAsync(builder, stream.WithEventTime(ms => ms, Watermarks.Monotonous()), fast, slow, lanes);
    }

    [Test]
    public async Task A_second_step_of_event_time_waits_for_a_partition_that_is_silent_too()
    {
        var fast = Channel.CreateUnbounded<long>();
        var silent = Channel.CreateUnbounded<long>();
        var builder = new TopologyBuilder("twice");
        List<WindowResult<long, long>> results = [];
        builder.From("first", fast.Reader).Union(builder.From("second", silent.Reader))
            .WithEventTime(ms => ms, Watermarks.Monotonous())
            .WithEventTime(ms => ms, Watermarks.Monotonous())
            .KeyBy(_ => 0L)
            .Window(Tumbling.Of(Minute), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<long>())
            .ForEach("out", results.Add);
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        for (int minute = 0; minute < 30; minute++)
        {
            fast.Writer.TryWrite((long)(minute * Minute.TotalMilliseconds)).Should().BeTrue();
        }

        await Within.Until(() => job.GetMetrics().Of("count").RecordsIn == 30);
        await Within.Time(job.StopAsync());

        results.Should().BeEmpty();
    }

    [TestCaseSource(nameof(WaitingSteps))]
    public void What_waits_for_the_clock_waits_for_the_next_life(Action<DataStream<long>> steps)
    {
        var clock = new FakeClock();
        var builder = new TopologyBuilder("waiting");
        var channel = Channel.CreateUnbounded<long>();
        channel.Writer.TryWrite(1_000_000L).Should().BeTrue();
        steps(builder.From("in", channel.Reader).WithEventTime(ms => ms, Watermarks.Monotonous()));
        var program = new JobProgram("waiting", new JobOptions { Lanes = 1, TimeProvider = clock });
        builder.Build().CompileAsync(program, CancellationToken.None).GetAwaiter().GetResult();
        Lane lane = program.Lanes[0];
        Run(lane);
        lane.Context.Timed.Should().Contain(timed => timed.Deadline != long.MaxValue, "something waits while the job runs");

        program.Stop.Set(StopMode.KeepWindowsOpen);
        Run(lane);

        lane.IsDone.Should().BeTrue();
        lane.Context.Timed.Should().OnlyContain(timed => timed.Deadline == long.MaxValue, "what it gave would come after the end");
    }

    [Test]
    public async Task A_job_whose_step_never_ends_its_results_can_be_cancelled()
    {
        static IEnumerable<int> Endless()
        {
            while (true)
            {
                yield return 1;
            }
        }

        long seen = 0;
        var builder = new TopologyBuilder("endless");
        builder.From("in", new[] { 1 }).SelectMany(_ => Endless()).ForEach("out", _ => Interlocked.Increment(ref seen));
        Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        await Within.Until(() => Interlocked.Read(ref seen) > 10_000);

        await Within.Time(job.DisposeAsync().AsTask());

        job.Status.Should().Be(JobStatus.Cancelled);
    }

    private static void Run(Lane lane)
    {
        for (int step = 0; step < 100; step++)
        {
            lane.Step();
        }
    }

    private static IEnumerable<TestCaseData> WaitingSteps()
    {
        yield return Case("timers", stream => stream.KeyBy(ms => ms).Process("step", () => new Waiting()).ForEach("out", _ => { }));
        yield return Case("timers with rules", stream => stream.KeyBy(ms => ms).Process("step", stream.Broadcast(), () => new WaitingByRules()).ForEach("out", _ => { }));
        yield return Case("early results", stream => stream.KeyBy(ms => ms)
            .Window(Tumbling.Of(Minute), AllowedLateness.None).Trigger(Triggers.EarlyEvery(Minute))
            .Aggregate("step", Aggregates.Count<long>()).ForEach("out", _ => { }));
        yield return Case("silent devices", stream => stream.KeyBy(ms => ms)
            .WithDeviceTime(DeviceTime.Monotonous().WithIdleTimeout(Minute)).Window(Tumbling.Of(Minute), AllowedLateness.None)
            .Aggregate("step", Aggregates.Count<long>()).ForEach("out", _ => { }));
        yield return Case("chunks", stream => stream.Chunk(10, Minute, "step").ForEach("out", _ => { }));
        yield return Case("processing time", stream => stream.WithProcessingTime(Minute, "step").ForEach("out", _ => { }));
        yield return Case("idleness", stream => stream.WithEventTime(ms => ms, Watermarks.Monotonous().WithIdleness(Minute), name: "step").ForEach("out", _ => { }));

        static TestCaseData Case(string name, Action<DataStream<long>> steps) => new TestCaseData(steps).SetArgDisplayNames(name);
    }

    private static async Task CheckAsync(TopologyBuilder builder, DataStream<long> stream, Channel<long> fast, Channel<long> slow, int lanes)
    {
        List<WindowResult<long, long>> results = [];
        stream.KeyBy(_ => 0L)
            .Window(Tumbling.Of(Minute), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<long>())
            .ForEach("out", results.Add);
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes });
        for (int minute = 0; minute < 30; minute++)
        {
            fast.Writer.TryWrite((long)(minute * Minute.TotalMilliseconds)).Should().BeTrue();
        }

        slow.Writer.TryWrite(0).Should().BeTrue();
        slow.Writer.TryWrite((long)Minute.TotalMilliseconds).Should().BeTrue();
        await Within.Until(() => job.GetMetrics().Of("count").RecordsIn == 32);

        await Within.Time(job.StopAsync());

        results.Should().OnlyContain(result => result.Window.End <= DateTimeOffset.UnixEpoch + Minute, "the slower one had got as far as that");
    }

    private sealed class Waiting : KeyedProcess<long, long, long>
    {
        public override void OnRecord(long record, KeyedProcessContext<long, long> context) => context.SetProcessingTimer(context.ProcessingTime + Minute);
    }

    private sealed class WaitingByRules : KeyedBroadcastProcess<long, long, long, long>
    {
        public override void OnRecord(long record, KeyedProcessContext<long, long> context) => context.SetProcessingTimer(context.ProcessingTime + Minute);

        public override void OnBroadcast(long rule, BroadcastContext<long, long> context)
        {
        }
    }
}
