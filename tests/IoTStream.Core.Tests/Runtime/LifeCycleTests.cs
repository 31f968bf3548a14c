using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Runtime;

[Parallelizable(ParallelScope.All)]
public class LifeCycleTests
{
    [Test]
    public async Task A_stopped_job_has_processed_and_written_all_that_was_taken_in([Values(1, 4)] int lanes, [Values] StopMode mode)
    {
        int read = 0;
        var source = new ScriptedSource<int>(2, (batch, _, _) =>
        {
            while (batch.Free > 0)
            {
                batch.Add(Interlocked.Increment(ref read));
            }

            return ReadStatus.More;
        });
        var raw = new CollectingSink<int> { On = async call => await Task.Yield() };
        var counts = new CollectingSink<long>();
        var builder = new TopologyBuilder("t");
        DataStream<int> stream = builder.From("s", source).WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.Monotonous());
        stream.To("raw", raw);
        stream.KeyBy(value => value % 10)
            .Window(Tumbling.Of(TimeSpan.FromHours(1)), AllowedLateness.None)
            .Aggregate("w", Aggregates.Count<int>())
            .Select(result => result.Value)
            .To("counts", counts);

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes, BatchSize = 16 });
        job.Status.Should().Be(JobStatus.Running);
        await Within.Until(() => raw.Count > 1000);
        await Within.Time(job.StopAsync(mode));

        job.Status.Should().Be(JobStatus.Completed);
        job.Completion.IsCompletedSuccessfully.Should().BeTrue();
        raw.Values.Order().Should().Equal(Enumerable.Range(1, read));
        counts.Values.Sum().Should().Be(mode == StopMode.CloseWindows ? read : 0);
        raw.Calls.TakeLast(3).Should().Equal("flush", "complete", "dispose");
        (source.Disposed, raw.Disposed, counts.Disposed).Should().Be((2, 1, 1));
    }

    [Test]
    public async Task A_reader_that_holds_records_hands_them_out_before_the_job_stops()
    {
        SourceQueue<int>? queue = null;
        var sink = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        builder.From("s", new QueueSource(opened => queue = opened)).To("sink", sink);

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 2 });
        for (int i = 0; i < 100; i++)
        {
            await queue!.WriteAsync(i);
        }

        using CancellationTokenRegistration completing = queue!.Stopping.Register(() => queue.Complete());
        await Within.Time(job.StopAsync());

        sink.Values.Should().Equal(Enumerable.Range(0, 100));
    }

    [Test]
    public void A_job_that_is_cancelled_at_any_moment_ends_and_closes_everything() => Run.Now(async () =>
    {
        for (int round = 0; round < 60; round++)
        {
            int lanes = 1 + (round % 4);
            int cancelAt = round * 37;
            int read = 0;
            using var cancellation = new CancellationTokenSource();
            var source = new ScriptedSource<int>(2, (batch, _, _) =>
            {
                batch.Add(1);
                if (Interlocked.Increment(ref read) == cancelAt + 1)
                {
                    cancellation.Cancel();
                }

                return ReadStatus.More;
            });
            var sink = new CollectingSink<int> { On = async call => await Task.Yield(), AllowsParallelWriters = round % 2 == 0 };
            var builder = new TopologyBuilder("t");
            builder.From("s", source).Rebalance().Select(value => value + 1).To("sink", sink);

            await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes, BatchSize = 4 }, cancellation.Token);
            Func<Task> completion = () => job.Completion;
            await completion.Should().ThrowAsync<OperationCanceledException>();

            job.Status.Should().Be(JobStatus.Cancelled);
            (source.Disposed, sink.Opened - sink.Disposed).Should().Be((2, 0));
            sink.Calls.Should().NotContain("complete", "the input of a cancelled job was not complete");
        }
    });

    [Test]
    public async Task Disposing_a_running_job_cancels_it()
    {
        var source = new ScriptedSource<int>(1, (_, _, _) => ReadStatus.Drained);
        var sink = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        builder.From("s", source).To("sink", sink);

        Job job = await builder.Build().StartAsync();
        await Within.Time(job.DisposeAsync());
        await Within.Time(job.DisposeAsync());

        job.Status.Should().Be(JobStatus.Cancelled);
        (source.Disposed, sink.Disposed).Should().Be((1, 1));
        Func<Task> stop = () => job.StopAsync();
        await stop.Should().ThrowAsync<OperationCanceledException>();
    }

    [Test]
    public async Task A_wait_for_the_stop_can_be_given_up_while_the_job_goes_on_stopping()
    {
        var held = new TaskCompletionSource();
        var sink = new CollectingSink<int> { On = call => call == "complete" ? new(held.Task) : default };
        var builder = new TopologyBuilder("t");
        builder.From("s", new ScriptedSource<int>(1, (_, _, _) => ReadStatus.Drained)).To("sink", sink);
        await using Job job = await builder.Build().StartAsync();
        using var impatience = new CancellationTokenSource();

        Task stop = job.StopAsync(cancellationToken: impatience.Token);
        await Within.Until(() => sink.Calls.Contains("complete"));
        job.Status.Should().Be(JobStatus.Stopping);
        await impatience.CancelAsync();
        Func<Task> waiting = () => stop;
        await waiting.Should().ThrowAsync<OperationCanceledException>();

        held.SetResult();
        await Within.Time(job.Completion);
        job.Status.Should().Be(JobStatus.Completed);
        await Within.Time(job.StopAsync());
    }

    [Test]
    public async Task A_start_that_is_cancelled_midway_closes_what_it_has_opened()
    {
        using var cancellation = new CancellationTokenSource();
        var source = new ScriptedSource<int>(3, (_, _, _) => ReadStatus.Ended);
        var first = new CollectingSink<int>();
        var second = new CollectingSink<int>
        {
            On = async call =>
            {
                if (call == "open")
                {
                    await cancellation.CancelAsync();
                    cancellation.Token.ThrowIfCancellationRequested();
                }
            },
        };
        var builder = new TopologyBuilder("t");
        DataStream<int> stream = builder.From("s", source);
        stream.To("first", first);
        stream.To("second", second);

        Func<Task> start = () => builder.Build().StartAsync(cancellationToken: cancellation.Token);

        await start.Should().ThrowAsync<OperationCanceledException>();
        (source.Disposed, first.Opened, first.Disposed, second.Opened).Should().Be((3, 1, 1, 0));
    }

    [Test]
    public async Task Jobs_of_one_topology_run_in_parallel_without_touching_each_other()
    {
        var sink = new CollectingSink<(int, long)>();
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<int>([[.. Enumerable.Range(0, 1000)], [.. Enumerable.Range(0, 1000)]]))
            .WithEventTime(value => DateTimeOffset.UnixEpoch.AddSeconds(value), Watermarks.Monotonous())
            .KeyBy(value => value % 3)
            .Window(Tumbling.Of(TimeSpan.FromDays(1)), AllowedLateness.None)
            .Aggregate("w", Aggregates.Count<int>())
            .Select(result => (result.Key, result.Value))
            .To("sink", sink);
        Topology topology = builder.Build();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(job => topology.RunAsync(new JobOptions { Lanes = 1 + (job % 4), BatchSize = 10 })));

        sink.Values.CountBy(result => result).Should().BeEquivalentTo(
            new Dictionary<(int, long), int> { [(0, 668)] = 8, [(1, 666)] = 8, [(2, 666)] = 8 });
    }

    private sealed class QueueSource(Action<SourceQueue<int>> opened) : ISource<int>
    {
        public ValueTask<IReadOnlyList<ISourceReader<int>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
        {
            var queue = new SourceQueue<int>(context);
            opened(queue);
            return new([queue]);
        }
    }
}
