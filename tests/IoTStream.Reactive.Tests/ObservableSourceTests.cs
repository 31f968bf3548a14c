using System.Reactive;
using System.Reactive.Concurrency;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Reactive.Tests;

[Parallelizable(ParallelScope.All)]
public class ObservableSourceTests
{
    [Test]
    public async Task A_job_reads_an_observable_to_its_end()
    {
        var results = new TestSink<int>();

        await Squares(Observable.Range(0, 10), Overflow.Fail, results).RunAsync();

        results.Values.Should().Equal(0, 1, 4, 9, 16, 25, 36, 49, 64, 81);
    }

    [Test]
    public async Task Values_come_in_order_from_any_thread()
    {
        var results = new TestSink<int>();

        await Squares(Observable.Range(0, 10_000).ObserveOn(TaskPoolScheduler.Default), Overflow.Wait, results, capacity: 7).RunAsync();

        results.Values.Should().Equal(Enumerable.Range(0, 10_000).Select(value => value * value));
    }

    [Test]
    public async Task An_observable_that_gives_all_at_once_waits_for_the_job()
    {
        var results = new TestSink<int>();

        await Squares(Observable.Range(0, 10_000, ImmediateScheduler.Instance), Overflow.Wait, results, capacity: 1).RunAsync();

        results.Values.Should().HaveCount(10_000);
    }

    [Test]
    public async Task An_observable_that_waits_is_let_go_when_the_job_stops()
    {
        using var subject = new Subject<int>();
        var results = new TestSink<int>();
        TestJob job = await TestJob.StartAsync(Squares(subject, Overflow.Wait, results, capacity: 1));
        job.Settle();
        results.Hold();
        var caller = new Thread(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                subject.OnNext(i);
            }
        });
        caller.Start();

        await job.DisposeAsync();

        caller.Join(TimeSpan.FromSeconds(30)).Should().BeTrue("nobody waits for a job that is no more");
    }

    [TestCase(Overflow.DropOldest, new[] { 6, 7, 8, 9 })]
    [TestCase(Overflow.DropNewest, new[] { 0, 1, 2, 3 })]
    public void What_is_dropped_for_want_of_room_is_counted(Overflow overflow, int[] kept)
    {
        using var subject = new Subject<int>();
        var results = new TestSink<int>();
        using TestJob job = TestJob.Start(Squares(subject, overflow, results, capacity: 4));

        for (int i = 0; i < 10; i++)
        {
            subject.OnNext(i);
        }

        job.Settle();
        results.TakeNew().Should().Equal(kept.Select(value => value * value));
        job.GetMetrics("values").Dropped.Should().Be(6);

        subject.OnNext(11);
        subject.OnCompleted();
        job.RunToEnd();
        results.TakeNew().Should().Equal(121);
        job.GetMetrics("values").Dropped.Should().Be(6);
    }

    [Test]
    public async Task Too_many_values_fail_the_job_if_none_may_be_lost()
    {
        using var subject = new ReplaySubject<int>();
        for (int i = 0; i < 5; i++)
        {
            subject.OnNext(i);
        }

        Func<Task> run = () => Squares(subject, Overflow.Fail, new TestSink<int>(), capacity: 4).RunAsync();

        JobFailedException failure = (await run.Should().ThrowAsync<JobFailedException>()).Which;
        failure.Step.Should().Be("values");
        failure.InnerException!.Message.Should().Contain("more than the 4 values").And.Contain("greater capacity");
        subject.HasObservers.Should().BeFalse();
    }

    [Test]
    public async Task An_error_of_the_observable_fails_the_job_after_what_came_before_it()
    {
        var results = new TestSink<int>();
        var reason = new FormatException("broken");

        Func<Task> run = () => Squares(Observable.Range(1, 3).Concat(Observable.Throw<int>(reason)), Overflow.Wait, results).RunAsync();

        (await run.Should().ThrowAsync<JobFailedException>()).Which.InnerException.Should().BeSameAs(reason);
        results.Values.Should().Equal(1, 4, 9);
    }

    [Test]
    public async Task A_failure_to_subscribe_fails_the_job([Values(Overflow.Fail, Overflow.Wait)] Overflow overflow)
    {
        IObservable<int> broken = Observable.Create<int>(new Func<IObserver<int>, IDisposable>(_ => throw new FormatException("broken")));

        Func<Task> run = () => Squares(broken, overflow, new TestSink<int>()).RunAsync();

        (await run.Should().ThrowAsync<Exception>()).Which.ToString().Should().Contain("broken");
    }

    [Test]
    public async Task A_job_that_is_stopped_gives_up_its_subscription_and_what_came_is_not_lost()
    {
        using var subject = new Subject<int>();
        var results = new TestSink<int>();
        await using Job job = await Squares(subject, Overflow.Fail, results).StartAsync();
        subject.OnNext(3);

        await job.StopAsync();

        subject.HasObservers.Should().BeFalse();
        results.Values.Should().Equal(9);
    }

    [Test]
    public async Task Timestamps_can_be_event_time()
    {
        var noon = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var results = new TestSink<string>();
        var builder = new TopologyBuilder("timestamps");
        builder.From("values", ObservableSource.From(Observable.Range(0, 90).Select(second => new Timestamped<int>(second, noon.AddSeconds(second))), Overflow.Fail))
            .WithEventTime(Watermarks.Monotonous())
            .KeyBy(_ => 0)
            .Window(Tumbling.Of(TimeSpan.FromMinutes(1)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<int>())
            .Select(result => $"{result.Window.Start:HH:mm} {result.Value}")
            .To("results", results);

        await builder.Build().RunAsync();

        results.Values.Should().Equal("12:00 60", "12:01 30");
    }

    [Test]
    public void Bad_options_are_refused()
    {
        IObservable<int> values = Observable.Empty<int>();

        ((Action)(() => ObservableSource.From(values, Overflow.Fail, capacity: 0))).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => ObservableSource.From(values, (Overflow)17))).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static Topology Squares(IObservable<int> values, Overflow overflow, TestSink<int> results, int capacity = ObservableSource.DefaultCapacity)
    {
        var builder = new TopologyBuilder("squares");
        builder.From("values", ObservableSource.From(values, overflow, capacity)).Select(value => value * value).To("results", results);
        return builder.Build();
    }
}
