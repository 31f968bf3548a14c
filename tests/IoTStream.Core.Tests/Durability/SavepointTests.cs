using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Durability;

/// <summary>A savepoint keeps what a job was at an epoch; other jobs begin with it, on other lanes and with other steps too.</summary>
[Parallelizable(ParallelScope.All)]
public class SavepointTests
{
    [Test]
    public async Task A_job_begins_with_a_savepoint_and_then_goes_on_with_its_own_log()
    {
        using var directory = new TemporaryDirectory();
        string savepoint = await RunToSavepointAsync(directory, limit: 300);

        var source = new ReplayableSource(1000) { Limit = 600 };
        var sink = new MemoryOutboxSink();
        Topology topology = Counting(source, sink);
        JobOptions options = Options(directory, "second", lanes: 3) with { Savepoint = savepoint };
        await using (Job job = await topology.StartAsync(options))
        {
            source.Starts.Should().Equal(300);
            await Within.Until(() => sink.Applied.Count == 300);
            await job.StopAsync();
        }

        source.Limit = int.MaxValue;
        await topology.RunAsync(options with { Lanes = 2 });
        source.Starts.Should().Equal([600], "its own log is newer than the savepoint");
        sink.Applied.Order().Should().Equal(Enumerable.Range(31, 70).SelectMany(count => Enumerable.Repeat(count, 10)), "each of ten keys is counted on from thirty");
    }

    [Test]
    public async Task All_of_the_state_is_in_the_first_epoch_that_follows()
    {
        using var directory = new TemporaryDirectory();
        string savepoint = await RunToSavepointAsync(directory, limit: 300);
        JobOptions options = Options(directory, "second", lanes: 2);
        await using (Job job = await Counting(new ReplayableSource(1000) { Limit = 300 }, new MemoryOutboxSink()).StartAsync(options with { Savepoint = savepoint }))
        {
            await Within.Until(() => job.Program.Session!.LastEpoch == 1);
        }

        Directory.Delete(savepoint, recursive: true);
        var sink = new MemoryOutboxSink();
        await Counting(new ReplayableSource(310), sink).RunAsync(options);
        sink.Applied.Should().Equal(Enumerable.Repeat(31, 10));
    }

    [Test]
    public async Task A_changed_topology_gives_up_what_it_has_no_more()
    {
        using var directory = new TemporaryDirectory();
        string savepoint = await RunToSavepointAsync(directory, limit: 100);
        var sink = new MemoryOutboxSink();
        var builder = new TopologyBuilder("counting");
        builder.From("source", new ReplayableSource(120)).Select(value => value).To("values", sink);
        Topology changed = builder.Build();
        JobOptions options = Options(directory, "second", lanes: 1) with { Savepoint = savepoint };
        await FluentActions.Awaiting(() => changed.StartAsync(options)).Should().ThrowAsync<StateMismatchException>().WithMessage("*\"counts\"*");
        await changed.RunAsync(options with { DropState = ["counts", "sink"] });
        sink.Applied.Should().Equal(Enumerable.Range(100, 20));
    }

    [Test]
    public async Task What_is_no_savepoint_and_a_name_that_is_taken_are_told()
    {
        using var directory = new TemporaryDirectory();
        Topology topology = Counting(new ReplayableSource(10) { Limit = 5 }, new MemoryOutboxSink());
        await using Job job = await topology.StartAsync(Options(directory, "first", lanes: 1));
        await job.CreateSavepointAsync("one");
        await FluentActions.Awaiting(() => job.CreateSavepointAsync("one")).Should().ThrowAsync<ArgumentException>().WithMessage("*already*");
        await FluentActions.Awaiting(() => job.CreateSavepointAsync("../one")).Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => topology.StartAsync(Options(directory, "second", lanes: 1) with { Savepoint = directory.File("first") }))
            .Should().ThrowAsync<ArgumentException>().WithMessage("*is no savepoint*");
        job.Status.Should().Be(JobStatus.Running);
    }

    [Test]
    public async Task A_job_that_has_ended_or_has_no_log_makes_no_savepoint()
    {
        using var directory = new TemporaryDirectory();
        Topology topology = Counting(new ReplayableSource(10), new MemoryOutboxSink());
        await using Job ended = await topology.StartAsync(Options(directory, "first", lanes: 1));
        await Within.Time(ended.Completion);
        await FluentActions.Awaiting(() => Within.Time(ended.CreateSavepointAsync("late"))).Should().ThrowAsync<OperationCanceledException>();
        await using Job plain = await topology.StartAsync();
        await FluentActions.Awaiting(() => plain.CreateSavepointAsync("none")).Should().ThrowAsync<InvalidOperationException>().WithMessage("*no epoch log*");
    }

    private static async Task<string> RunToSavepointAsync(TemporaryDirectory directory, int limit)
    {
        var sink = new MemoryOutboxSink();
        await using Job job = await Counting(new ReplayableSource(1000) { Limit = limit }, sink).StartAsync(Options(directory, "first", lanes: 1));
        await Within.Until(() => sink.Applied.Count == limit);
        return await Within.Time(job.CreateSavepointAsync("kept"));
    }

    private static JobOptions Options(TemporaryDirectory directory, string log, int lanes) => new()
    {
        Lanes = lanes,
        EpochLog = EpochLog.At(directory.File(log)),
        EpochInterval = TimeSpan.FromMilliseconds(5),
    };

    private static Topology Counting(ReplayableSource source, MemoryOutboxSink sink)
    {
        var builder = new TopologyBuilder("counting");
        builder.From("source", source).KeyBy(value => value % 10).Process("counts", () => new Count()).To("sink", sink);
        return builder.Build();
    }

    private sealed class Count : KeyedProcess<int, int, int>
    {
        private readonly IoTStream.State.ValueState<int> _count;

        public Count() => _count = States.Value<int>("count");

        public override void OnRecord(int record, KeyedProcessContext<int, int> context) => context.Emit(++_count.Value);
    }
}
