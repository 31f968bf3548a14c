using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Durability;

/// <summary>A job that is started again goes on where its last epoch left it.</summary>
[Parallelizable(ParallelScope.All)]
public class RestartTests
{
    [Test]
    public async Task What_was_read_and_written_when_a_job_is_cancelled_comes_neither_twice_nor_never([Values(1, 3)] int lanes)
    {
        using var directory = new TemporaryDirectory();
        var source = new ReplayableSource(500, 300, 0);
        var sink = new MemoryOutboxSink();
        Topology topology = Pipeline(source, sink);
        int before = 0;
        for (int limit = 50; limit <= 500; limit += 90)
        {
            source.Limit = limit;
            await using Job job = await topology.StartAsync(Options(directory, lanes));
            await Within.Until(() => sink.Applied.Count > before);
            before = sink.Applied.Count;
        }

        source.Limit = int.MaxValue;
        await topology.RunAsync(Options(directory, lanes));
        sink.Applied.Order().Should().Equal(All(500, 300));
        source.Starts.Should().NotEqual([0, 0, 0]);
    }

    [Test]
    public async Task What_a_job_did_last_is_committed_when_its_sources_end()
    {
        using var directory = new TemporaryDirectory();
        var sink = new MemoryOutboxSink();
        Topology topology = Pipeline(new ReplayableSource(1000), sink);
        JobOptions options = Options(directory, lanes: 2) with { EpochInterval = TimeSpan.FromHours(1) };
        await topology.RunAsync(options);
        sink.Applied.Should().HaveCount(1000);
        await topology.RunAsync(options);
        sink.Applied.Should().HaveCount(1000, "nothing was left to be read");
    }

    [Test]
    public async Task What_a_job_did_before_a_stop_is_committed()
    {
        using var directory = new TemporaryDirectory();
        var source = new ReplayableSource(1000) { Limit = 400 };
        var sink = new MemoryOutboxSink();
        Topology topology = Pipeline(source, sink);
        await using (Job job = await topology.StartAsync(Options(directory, lanes: 1) with { EpochInterval = TimeSpan.FromHours(1) }))
        {
            await Within.Until(() => job.GetMetrics().Any(step => step.Step == "sink" && step.RecordsIn == 400));
            sink.Applied.Should().BeEmpty("no epoch has been cut");
            await Within.Time(job.StopAsync());
            sink.Applied.Should().HaveCount(400);
        }

        source.Limit = int.MaxValue;
        await topology.RunAsync(Options(directory, lanes: 1));
        source.Starts.Should().Equal(400);
        sink.Applied.Should().Equal(All(1000));
    }

    [Test]
    public async Task An_epoch_that_a_sink_failed_to_apply_is_applied_by_the_next_job([Values("apply", "applied")] string where)
    {
        using var directory = new TemporaryDirectory();
        var sink = new MemoryOutboxSink();
        Topology topology = Pipeline(new ReplayableSource(100), sink);
        sink.On = call =>
        {
            if (call == where)
            {
                throw new IOException("The network is gone.");
            }
        };
        await FluentActions.Awaiting(() => topology.RunAsync(Options(directory, lanes: 1)))
            .Should().ThrowAsync<JobFailedException>().Where(failure => failure.Step == "sink");
        sink.On = static _ => { };
        await topology.RunAsync(Options(directory, lanes: 1));
        sink.Applied.Should().Equal(All(100));
    }

    [Test]
    public async Task A_partition_that_is_away_for_a_time_goes_on_where_it_was()
    {
        using var directory = new TemporaryDirectory();
        var sink = new MemoryOutboxSink();
        await Pipeline(new ReplayableSource(100, 50), sink).RunAsync(Options(directory, lanes: 2));
        await Pipeline(new ReplayableSource(120), sink).RunAsync(Options(directory, lanes: 2));
        var source = new ReplayableSource(130, 60);
        await Pipeline(source, sink).RunAsync(Options(directory, lanes: 2));
        source.Starts.Should().Equal(120, 50);
        sink.Applied.Order().Should().Equal(All(130, 60));
    }

    [Test]
    public async Task A_log_in_use_is_refused()
    {
        using var directory = new TemporaryDirectory();
        Topology topology = Pipeline(new ReplayableSource(10) { Limit = 1 }, new MemoryOutboxSink());
        await using Job job = await topology.StartAsync(Options(directory, lanes: 1));
        await FluentActions.Awaiting(() => topology.StartAsync(Options(directory, lanes: 1))).Should().ThrowAsync<LogInUseException>();
    }

    [Test]
    public async Task The_log_of_another_topology_is_refused()
    {
        using var directory = new TemporaryDirectory();
        await Pipeline(new ReplayableSource(10), new MemoryOutboxSink()).RunAsync(Options(directory, lanes: 1));
        var builder = new TopologyBuilder("other");
        builder.From("source", new ReplayableSource(10)).To("sink", new MemoryOutboxSink());
        await FluentActions.Awaiting(() => builder.Build().StartAsync(Options(directory, lanes: 1)))
            .Should().ThrowAsync<StateMismatchException>().WithMessage("*belongs to the topology 'restart', not to 'other'*");
    }

    [Test]
    public async Task A_step_that_is_gone_is_told_and_can_be_given_up()
    {
        using var directory = new TemporaryDirectory();
        await Pipeline(new ReplayableSource(10), new MemoryOutboxSink()).RunAsync(Options(directory, lanes: 1));
        var sink = new MemoryOutboxSink();
        var builder = new TopologyBuilder("restart");
        builder.From("renamed", new ReplayableSource(10)).To("sink", sink);
        Topology changed = builder.Build();
        await FluentActions.Awaiting(() => changed.StartAsync(Options(directory, lanes: 1)))
            .Should().ThrowAsync<StateMismatchException>().WithMessage("*\"source\"*DropState = [\"source\"]*");
        await changed.RunAsync(Options(directory, lanes: 1) with { DropState = ["source", "sink"] });
        sink.Applied.Should().Equal(All(10));
    }

    [Test]
    public async Task A_sink_that_remembers_nothing_is_given_the_last_epoch_again_only_if_it_may_not_have_applied_it([Values] bool fails)
    {
        using var directory = new TemporaryDirectory();
        var sink = new MemoryOutboxSink { Delivery = Delivery.AtLeastOnce };
        JobOptions options = Options(directory, lanes: 1) with { EpochInterval = TimeSpan.FromHours(1) };
        Topology topology = Pipeline(new ReplayableSource(10), sink);
        sink.On = call =>
        {
            if (fails && call == "apply")
            {
                throw new IOException("No route to host.");
            }
        };
        if (fails)
        {
            await FluentActions.Awaiting(() => topology.RunAsync(options)).Should().ThrowAsync<JobFailedException>();
        }
        else
        {
            await topology.RunAsync(options);
        }

        sink.On = static _ => { };
        await topology.RunAsync(options);
        sink.Applied.Should().Equal(All(10));
    }

    [Test]
    public async Task What_a_sink_refuses_is_owed_at_each_start_until_it_is_given_up()
    {
        using var directory = new TemporaryDirectory();
        var sink = new MemoryOutboxSink { On = static _ => throw new IOException("The column must not be null.") };
        JobOptions options = Options(directory, lanes: 1) with { EpochInterval = TimeSpan.FromHours(1) };
        await FluentActions.Awaiting(() => Pipeline(new ReplayableSource(10), sink).RunAsync(options)).Should().ThrowAsync<JobFailedException>();

        Topology later = Pipeline(new ReplayableSource(15), sink);
        (await FluentActions.Awaiting(() => later.StartAsync(options)).Should().ThrowAsync<JobFailedException>()).Which.Step.Should().Be("sink");
        sink.On = static _ => { };
        await later.RunAsync(options with { DropState = ["sink"] });
        sink.Applied.Should().Equal(All(15).Skip(10), "the first ten were given up, and their source was not wound back");
    }

    [Test]
    public async Task What_is_given_up_is_so_once_and_not_again_at_each_start_with_the_same_options()
    {
        using var directory = new TemporaryDirectory();
        var sink = new MemoryOutboxSink();
        Topology topology = Pipeline(new ReplayableSource(10), sink);
        JobOptions options = Options(directory, lanes: 1);
        JobOptions dropping = options with { DropState = ["source"] };
        await topology.RunAsync(options);
        await topology.RunAsync(dropping);
        await topology.RunAsync(dropping);
        sink.Applied.Should().Equal(All(10).Concat(All(10)), "the source was read again once");
        await topology.RunAsync(options);
        await topology.RunAsync(dropping);
        sink.Applied.Should().HaveCount(30, "it was asked for anew");
    }

    [Test]
    public async Task A_step_that_has_become_another_one_is_told_and_can_begin_anew()
    {
        using var directory = new TemporaryDirectory();
        await Keyed(static keyed => keyed.Throttle("step", 1, TimeSpan.FromHours(1))).RunAsync(Options(directory, lanes: 1));
        Topology changed = Keyed(static keyed => keyed.Deduplicate("step", TimeSpan.FromHours(1)));
        await FluentActions.Awaiting(() => changed.StartAsync(Options(directory, lanes: 1)))
            .Should().ThrowAsync<StateMismatchException>().WithMessage("*'keys' of step \"step\"*DropState = [\"step\"]*");
        await changed.RunAsync(Options(directory, lanes: 1) with { DropState = ["step"] });
        await changed.RunAsync(Options(directory, lanes: 1));

        static Topology Keyed(Func<KeyedStream<int, int>, KeyedStream<int, int>> step)
        {
            var builder = new TopologyBuilder("restart");
            KeyedStream<int, int> keyed = builder.From("source", new ReplayableSource(10)).WithEventTime(static value => DateTimeOffset.UnixEpoch.AddSeconds(value), Watermarks.Monotonous()).KeyBy(static value => value % 2);
            step(keyed).Aggregate("count", Aggregates.Count<int>()).Select(static count => (int)count.Value).To("sink", new MemoryOutboxSink());
            return builder.Build();
        }
    }

    [Test]
    public async Task A_sink_that_does_not_stop_applying_does_not_keep_a_cancelled_job()
    {
        using var directory = new TemporaryDirectory();
        var sink = new MemoryOutboxSink { Applying = new TaskCompletionSource() };
        Job job = await Pipeline(new ReplayableSource(100), sink).StartAsync(Options(directory, lanes: 1) with { CloseTimeout = TimeSpan.FromMilliseconds(50) });
        await Within.Until(() => sink.Applied.Count > 0);
        job.Cancel();
        await FluentActions.Awaiting(() => Within.Time(job.Completion)).Should().ThrowAsync<JobFailedException>().WithMessage("*'sink'*did not end within*");
    }

    private static IEnumerable<int> All(params int[] counts) =>
        counts.SelectMany((count, partition) => Enumerable.Range(0, count).Select(place => ReplayableSource.Number(partition, place)));

    private static JobOptions Options(TemporaryDirectory directory, int lanes) => new()
    {
        Lanes = lanes,
        BatchSize = 16,
        EpochLog = EpochLog.At(directory.File("log")),
        EpochInterval = TimeSpan.FromMilliseconds(1),
    };

    private static Topology Pipeline(ReplayableSource source, MemoryOutboxSink sink)
    {
        var builder = new TopologyBuilder("restart");
        builder.From("source", source).Select(value => value).To("sink", sink);
        return builder.Build();
    }
}
