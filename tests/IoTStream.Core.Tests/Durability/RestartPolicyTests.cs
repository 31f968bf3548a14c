using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Durability;

/// <summary>A job that fails goes on from its last epoch, as often as its policy says.</summary>
[Parallelizable(ParallelScope.All)]
public class RestartPolicyTests
{
    [Test]
    public async Task A_job_that_fails_now_and_then_gives_each_record_once()
    {
        using var directory = new TemporaryDirectory();
        var sink = new MemoryOutboxSink();
        int calls = 0;
        Topology topology = Pipeline(new ReplayableSource(500, 400), sink, value =>
        {
            if (Interlocked.Increment(ref calls) is 300 or 700)
            {
                throw new InvalidOperationException("Now and then.");
            }

            return value;
        });
        await using Job job = await topology.StartAsync(Options(directory) with { Lanes = 2 });
        await Within.Time(job.Completion);
        sink.Applied.Order().Should().Equal(Enumerable.Range(0, 500).Concat(Enumerable.Range(0, 400).Select(place => ReplayableSource.Number(1, place))));
        job.Restarts.Should().BePositive();
        job.LastFailure!.Step.Should().Be("sometimes");
        job.Status.Should().Be(JobStatus.Completed);
        job.GetMetrics().Single(step => step.Step == "sometimes").Errors.Should().Be(job.Restarts, "what was counted before a restart is not forgotten");
    }

    [Test]
    public async Task A_job_that_fails_each_time_fails_for_good_in_the_end()
    {
        using var directory = new TemporaryDirectory();
        Topology topology = Pipeline(new ReplayableSource(10), new MemoryOutboxSink(), _ => throw new InvalidOperationException("Always."));
        await using Job job = await topology.StartAsync(Options(directory) with { Restart = new RestartPolicy { MaxRestarts = 3, FirstDelay = TimeSpan.Zero } });
        await FluentActions.Awaiting(() => Within.Time(job.Completion)).Should().ThrowAsync<JobFailedException>().WithMessage("*'sometimes'*Always.*");
        job.Restarts.Should().Be(3);
        job.Status.Should().Be(JobStatus.Failed);
    }

    [Test]
    public async Task A_source_that_does_not_open_again_is_tried_again()
    {
        using var directory = new TemporaryDirectory();
        var sink = new MemoryOutboxSink();
        int calls = 0;
        var source = new ReplayableSource(100);
        int opened = 0;
        source.OnOpen = () =>
        {
            if (Interlocked.Increment(ref opened) is 2 or 3)
            {
                throw new IOException("No route to host.");
            }
        };
        Topology topology = Pipeline(source, sink, value => Interlocked.Increment(ref calls) == 50 ? throw new InvalidOperationException("Once.") : value);
        await using Job job = await topology.StartAsync(Options(directory));
        await Within.Time(job.Completion);
        sink.Applied.Should().Equal(Enumerable.Range(0, 100));
        job.Restarts.Should().Be(3);
    }

    [Test]
    public async Task Restarts_that_do_not_succeed_count_with_those_that_do()
    {
        using var directory = new TemporaryDirectory();
        int opened = 0;
        var source = new ReplayableSource(10)
        {
            OnOpen = () =>
            {
                if (Interlocked.Increment(ref opened) is 2 or 3)
                {
                    throw new IOException("No route to host.");
                }
            },
        };
        Topology topology = Pipeline(source, new MemoryOutboxSink(), _ => throw new InvalidOperationException("Always."));
        await using Job job = await topology.StartAsync(Options(directory) with { Restart = new RestartPolicy { MaxRestarts = 4, FirstDelay = TimeSpan.Zero } });
        await FluentActions.Awaiting(() => Within.Time(job.Completion)).Should().ThrowAsync<JobFailedException>();
        job.Restarts.Should().Be(4);
    }

    [Test]
    public async Task A_job_that_waits_for_its_restart_can_be_stopped_and_cancelled([Values] bool cancel)
    {
        using var directory = new TemporaryDirectory();
        Topology topology = Pipeline(new ReplayableSource(10), new MemoryOutboxSink(), _ => throw new InvalidOperationException("Always."));
        JobOptions options = Options(directory) with { Restart = new RestartPolicy { FirstDelay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1) } };
        await using Job job = await topology.StartAsync(options);
        await Within.Until(() => job.Status == JobStatus.Restarting);
        if (cancel)
        {
            job.Cancel();
        }

        await FluentActions.Awaiting(() => Within.Time(cancel ? job.Completion : job.StopAsync())).Should().ThrowAsync<JobFailedException>("what was in flight is not processed");
    }

    [Test]
    public async Task A_restart_without_a_log_is_refused()
    {
        Topology topology = Pipeline(new ReplayableSource(10), new MemoryOutboxSink(), value => value);
        await FluentActions.Awaiting(() => topology.StartAsync(new JobOptions { Restart = new RestartPolicy() }))
            .Should().ThrowAsync<ArgumentException>().WithMessage("*needs an EpochLog*");
    }

    private static JobOptions Options(TemporaryDirectory directory) => new()
    {
        Lanes = 1,
        BatchSize = 16,
        EpochLog = EpochLog.At(directory.File("log")),
        EpochInterval = TimeSpan.FromMilliseconds(1),
        Restart = new RestartPolicy { FirstDelay = TimeSpan.Zero, MaxRestarts = 1000 },
    };

    private static Topology Pipeline(ReplayableSource source, MemoryOutboxSink sink, Func<int, int> sometimes)
    {
        var builder = new TopologyBuilder("restart");
        builder.From("source", source).Select(sometimes, name: "sometimes").To("sink", sink);
        return builder.Build();
    }
}
