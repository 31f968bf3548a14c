using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Runtime;

/// <summary>A lane that has nothing to do sleeps, and must not miss what it is to wake for.</summary>
[Parallelizable(ParallelScope.All)]
public class WakingTests
{
    [Test]
    public async Task A_job_that_is_cancelled_just_before_its_lane_falls_asleep_ends()
    {
        // A lane sleeps after some rounds without work: one of these rounds is the last before it does.
        for (int round = 1; round < 40; round++)
        {
            int cancelIn = round;
            using var cancellation = new CancellationTokenSource();
            ScriptedSource<int> source = null!;
            source = new ScriptedSource<int>(1, (_, _, call) =>
            {
                if (call == cancelIn)
                {
                    cancellation.Cancel();
                }
                else if (call < cancelIn)
                {
                    source.Context!.NotifyAvailable();
                }

                return ReadStatus.Drained;
            });
            var builder = new TopologyBuilder("t");
            builder.From("s", source).ForEach("end", _ => { });

            Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 }, cancellation.Token);
            Func<Task> completion = () => job.Completion.WaitAsync(TimeSpan.FromSeconds(5));
            await completion.Should().ThrowAsync<OperationCanceledException>($"it was cancelled in round {round}");
        }
    }

    [Test]
    public async Task An_idle_timeout_of_months_is_possible()
    {
        var source = new ScriptedSource<int>(1, (batch, _, call) =>
        {
            if (call == 0)
            {
                batch.Add(1);
            }

            return ReadStatus.Drained;
        });
        var sink = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        builder.From("s", source)
            .WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.Monotonous().WithIdleness(TimeSpan.FromDays(100)))
            .To("sink", sink);

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        await Within.Until(() => sink.Calls.Contains("flush"));
        await Within.Time(job.StopAsync());

        job.Status.Should().Be(JobStatus.Completed);
    }

    [Test]
    public async Task A_record_is_not_left_lying_whenever_it_comes([Values(1, 2, 4)] int lanes, [Values(1, 3)] int readers)
    {
        // Some records come when all threads sleep, some while they look for work for the last time, some in between.
        const int Records = 4000;
        var random = new Random((lanes * 10) + readers);
        int[] waiting = new int[readers];
        using var seen = new SemaphoreSlim(0);
        var source = new ScriptedSource<int>(readers, (batch, reader, _) =>
        {
            if (Interlocked.Exchange(ref waiting[reader], 0) == 1)
            {
                batch.Add(random.Next());
            }

            return ReadStatus.Drained;
        });
        var builder = new TopologyBuilder("t");
        builder.From("s", source).Rebalance().ForEach("end", _ => seen.Release());

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes });
        var pauses = new Random(lanes + readers);
        for (int i = 0; i < Records; i++)
        {
            Thread.SpinWait(pauses.Next(8) == 0 ? 20_000 : pauses.Next(500));
            Volatile.Write(ref waiting[i % readers], 1);
            source.Context!.NotifyAvailable();
            (await seen.WaitAsync(TimeSpan.FromSeconds(20))).Should().BeTrue($"record {i} was announced");
        }
    }

    [Test]
    public async Task A_deadline_before_the_first_exchange_wakes_a_thread([Values(1, 2, 3)] int lanes)
    {
        var clock = new FakeClock();
        var source = new ScriptedSource<int>(1, (batch, _, call) =>
        {
            if (call == 0)
            {
                batch.Add(7);
            }

            return ReadStatus.Drained;
        });
        var sink = new CollectingSink<IReadOnlyList<int>>();
        var builder = new TopologyBuilder("t");
        builder.From("s", source).Chunk(10, TimeSpan.FromSeconds(5), "chunks").To("sink", sink);

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes, TimeProvider = clock });
        await Within.Until(() => job.GetMetrics().Any(step => step is { Step: "chunks", RecordsIn: 1 }));
        await Within.Until(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return sink.Values.Count == 1;
        });

        sink.Values.Single().Should().Equal(7);
    }

    [Test]
    public async Task A_record_that_comes_while_a_thread_sets_its_timer_for_its_sleep_is_not_left_lying([Values(1, 2, 3)] int lanes)
    {
        int waiting = 1;
        using var seen = new SemaphoreSlim(0);
        var source = new ScriptedSource<int>(1, (batch, _, _) =>
        {
            if (Interlocked.Exchange(ref waiting, 0) == 1)
            {
                batch.Add(1);
            }

            return ReadStatus.Drained;
        });
        int left = 20;
        var clock = new TimerWatchingClock(() =>
        {
            // Nothing is read any more before the thread sleeps.
            if (source.Context is { } context && Interlocked.Decrement(ref left) >= 0)
            {
                Volatile.Write(ref waiting, 1);
                context.NotifyAvailable();
            }
        });
        var builder = new TopologyBuilder("t");
        builder.From("s", source)
            .WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.Monotonous().WithIdleness(TimeSpan.FromDays(100)))
            .ForEach("end", _ => seen.Release());

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes, TimeProvider = clock });
        for (int i = 0; i < 21; i++)
        {
            (await seen.WaitAsync(TimeSpan.FromSeconds(20))).Should().BeTrue($"record {i} was announced");
        }
    }

    /// <summary>The system's clock, which tells when a timer is set.</summary>
    private sealed class TimerWatchingClock(Action set) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new WatchedTimer(base.CreateTimer(callback, state, dueTime, period), set);

        private sealed class WatchedTimer(ITimer timer, Action set) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                set();
                return timer.Change(dueTime, period);
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
