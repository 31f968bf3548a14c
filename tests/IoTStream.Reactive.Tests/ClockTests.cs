using System.Reactive.Concurrency;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.Reactive.Tests;

[Parallelizable(ParallelScope.All)]
public class ClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task A_job_can_have_the_time_of_a_scheduler()
    {
        var scheduler = new HistoricalScheduler(Start);
        using var values = new Subject<int>();
        using var chunks = new Subject<IReadOnlyList<int>>();
        Task<IReadOnlyList<int>> first = WaitFor(chunks);
        var builder = new TopologyBuilder("chunks");
        builder.From("values", ObservableSource.From(values, Overflow.Fail))
            .Chunk(1000, TimeSpan.FromMinutes(10))
            .To("out", ObserverSink.To(chunks));
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1, TimeProvider = scheduler.ToTimeProvider() });
        values.OnNext(1);
        values.OnNext(2);

        // The lane takes the values in at a time of its own; ten minutes after that they are a list.
        while (!first.IsCompleted)
        {
            scheduler.AdvanceBy(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        (await first).Should().StartWith([1]);
        scheduler.Now.Should().BeOnOrAfter(Start.AddMinutes(10));
        await job.StopAsync();
    }

    [Test]
    public void A_timer_of_a_scheduler_fires_again_and_again_until_it_is_changed_or_disposed()
    {
        var scheduler = new HistoricalScheduler(Start);
        TimeProvider clock = scheduler.ToTimeProvider();
        long start = clock.GetTimestamp();
        var fired = new List<TimeSpan>();
        using ITimer timer = clock.CreateTimer(_ => fired.Add(clock.GetElapsedTime(start)), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2));

        scheduler.AdvanceBy(TimeSpan.FromSeconds(9));
        fired.Should().Equal(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(9));

        timer.Change(TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan).Should().BeTrue();
        scheduler.AdvanceBy(TimeSpan.FromSeconds(100));
        fired[3..].Should().Equal(TimeSpan.FromSeconds(19));

        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        scheduler.AdvanceBy(TimeSpan.FromSeconds(100));
        timer.Dispose();
        timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan).Should().BeFalse();
        scheduler.AdvanceBy(TimeSpan.FromSeconds(100));
        fired.Should().HaveCount(4);
        clock.GetUtcNow().Should().Be(scheduler.Now);
    }

    [Test]
    public void Observables_can_have_the_time_of_a_clock()
    {
        var virtualTime = new HistoricalScheduler(Start);
        IScheduler scheduler = virtualTime.ToTimeProvider().ToScheduler();
        var seen = new List<long>();

        using (Observable.Interval(TimeSpan.FromSeconds(1), scheduler).Subscribe(seen.Add))
        {
            virtualTime.AdvanceBy(TimeSpan.FromSeconds(3.5));
        }

        virtualTime.AdvanceBy(TimeSpan.FromSeconds(100));
        seen.Should().Equal(0, 1, 2);
        scheduler.Now.Should().Be(virtualTime.Now);
    }

    private static Task<IReadOnlyList<int>> WaitFor(IObservable<IReadOnlyList<int>> chunks)
    {
        var found = new TaskCompletionSource<IReadOnlyList<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        chunks.Subscribe(chunk => found.TrySetResult(chunk), error => found.TrySetException(error));
        return found.Task;
    }
}
