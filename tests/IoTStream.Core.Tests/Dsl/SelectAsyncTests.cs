using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class SelectAsyncTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Gives_what_a_call_that_waits_for_nothing_would_give_whatever_the_schedule() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            (int, int Delay)[] records = [.. Enumerable.Range(0, random.Next(60)).Select(id => (id, random.Next(4) == 0 ? 0 : random.Next(1, 50)))];
            bool keepOrder = random.Next(2) == 0;
            int maxInFlight = random.Next(1, 10);
            var clock = new VirtualClock();
            var source = new TestSource<(int Id, int Delay)>(partitions: random.Next(1, 4));
            var sink = new TestSink<int>();
            var counts = new TestSink<WindowResult<int, long>>();
            int inFlight = 0;
            int most = 0;
            var builder = new TopologyBuilder("calls");
            DataStream<int> results = builder.From("source", source)
                .WithEventTime(record => Start.AddSeconds(record.Id), Watermarks.BoundedOutOfOrderness(TimeSpan.FromHours(1)))
                .SelectAsync(CallAsync, new AsyncOptions { MaxInFlight = maxInFlight, KeepOrder = keepOrder });
            results.To("sink", sink);
            results.KeyBy(_ => 0).Window(Tumbling.Of(TimeSpan.FromSeconds(7)), AllowedLateness.None)
                .Aggregate("counts", Aggregates.Count<int>()).To("results", counts);
            TestJobOptions options = TestJobOptions.FromSeed(seed) with { Clock = clock };
            using TestJob test = TestJob.Start(builder.Build(), options);
            foreach ((int Id, int Delay) record in records)
            {
                source[record.Id % source.Partitions.Count].Add(record);
                if (random.Next(5) == 0)
                {
                    test.AdvanceTime(TimeSpan.FromMilliseconds(random.Next(60)));
                }
            }

            source.End();
            for (int i = 0; i <= records.Length; i++)
            {
                test.AdvanceTime(TimeSpan.FromMilliseconds(50));
            }

            test.RunToEnd();

            sink.Values.Should().BeEquivalentTo(records.Select(record => record.Item1));
            if (keepOrder)
            {
                foreach (IGrouping<SourcePartition, TestRecord<int>> partition in sink.Records.GroupBy(record => record.Context.Partition))
                {
                    partition.Select(record => record.Value).Should().BeInAscendingOrder();
                }
            }

            sink.Records.Should().NotContain(record => record.Timestamp != Start.AddSeconds(record.Value));
            counts.Values.Sum(count => count.Value).Should().Be(records.Length, "a watermark passes only after the results before it");
            test.GetMetrics("counts").Late.Should().Be(0);
            most.Should().BeLessThanOrEqualTo(maxInFlight * options.Lanes);

            async ValueTask<int> CallAsync((int Id, int Delay) record, CancellationToken cancellationToken)
            {
                most = Math.Max(most, ++inFlight);
                if (record.Delay > 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(record.Delay), clock, cancellationToken);
                }

                inFlight--;
                return record.Id;
            }
        });

    [Test]
    public void Without_order_a_result_does_not_wait_for_that_of_an_earlier_record()
    {
        var clock = new VirtualClock();
        var sink = new TestSink<int>();
        var builder = new TopologyBuilder("calls");
        builder.From("source", [30, 10, 20])
            .SelectAsync(DelayAsync(clock), new AsyncOptions { KeepOrder = false })
            .To("sink", sink);
        using TestJob test = TestJob.Start(builder.Build(), new TestJobOptions { Clock = clock });

        test.AdvanceTime(TimeSpan.FromMilliseconds(25));
        sink.TakeNew().Should().Equal(10, 20);
        test.AdvanceTime(TimeSpan.FromMilliseconds(10));
        sink.TakeNew().Should().Equal(30);
        test.RunToEnd();
    }

    [Test]
    public void In_order_a_result_waits_for_those_of_earlier_records()
    {
        var clock = new VirtualClock();
        var sink = new TestSink<int>();
        var builder = new TopologyBuilder("calls");
        builder.From("source", [30, 10, 20]).SelectAsync(DelayAsync(clock)).To("sink", sink);
        using TestJob test = TestJob.Start(builder.Build(), new TestJobOptions { Clock = clock });

        test.AdvanceTime(TimeSpan.FromMilliseconds(25));
        sink.Values.Should().BeEmpty();
        test.AdvanceTime(TimeSpan.FromMilliseconds(10));
        sink.Values.Should().Equal(30, 10, 20);
        test.RunToEnd();
    }

    [Test]
    public void A_call_that_fails_is_repeated_after_longer_and_longer_pauses()
    {
        var clock = new VirtualClock();
        List<double> attempts = [];
        var sink = new TestSink<string>();
        var builder = new TopologyBuilder("calls");
        builder.From("source", ["a"])
            .SelectAsync(
                (record, _) =>
                {
                    attempts.Add(clock.GetElapsedTime(0).TotalMilliseconds);
                    return attempts.Count < 5 ? throw new IOException("not yet") : ValueTask.FromResult(record);
                },
                new AsyncOptions { Attempts = 5, RetryDelay = TimeSpan.FromMilliseconds(10), MaxRetryDelay = TimeSpan.FromMilliseconds(30) })
            .To("sink", sink);
        using TestJob test = TestJob.Start(builder.Build(), new TestJobOptions { Clock = clock });

        test.AdvanceTime(TimeSpan.FromSeconds(1));

        attempts.Should().Equal(0, 10, 30, 60, 90);
        sink.Values.Should().Equal("a");
        test.RunToEnd();
    }

    [Test]
    public void A_call_that_takes_too_long_goes_to_the_dead_letters_and_holds_up_nobody()
    {
        var clock = new VirtualClock();
        var sink = new TestSink<int>();
        var letters = new TestSink<DeadLetter>();
        var never = new TaskCompletionSource<int>();
        CancellationToken given = default;
        var builder = new TopologyBuilder("calls");
        builder.From("source", [1, 2])
            .SelectAsync(
                (record, cancellationToken) =>
                {
                    if (record == 2)
                    {
                        return ValueTask.FromResult(record);
                    }

                    given = cancellationToken;
                    return new ValueTask<int>(never.Task);
                },
                new AsyncOptions { Timeout = TimeSpan.FromSeconds(5) },
                ErrorPolicy.DeadLetter,
                "lookup")
            .To("sink", sink);
        builder.DeadLetters.To("letters", letters);
        using TestJob test = TestJob.Start(builder.Build(), new TestJobOptions { Clock = clock });

        test.AdvanceTime(TimeSpan.FromSeconds(4));
        sink.Values.Should().BeEmpty();
        test.AdvanceTime(TimeSpan.FromSeconds(1));
        test.RunToEnd();

        sink.Values.Should().Equal(2);
        given.IsCancellationRequested.Should().BeTrue();
        DeadLetter letter = letters.Values.Should().ContainSingle().Subject;
        letter.Element.Should().Be(1);
        letter.Reason.Should().BeOfType<TimeoutException>().Which.Message.Should().Contain("lookup").And.Contain("00:00:05");
    }

    [Test]
    public async Task A_call_that_fails_fails_the_job_if_nothing_else_was_said()
    {
        var builder = new TopologyBuilder("calls");
        builder.From("source", [1])
            .SelectAsync<int>(async (_, cancellationToken) =>
            {
                await Task.Yield();
                throw new IOException("gone");
            }, name: "lookup")
            .To("sink", new CollectingSink<int>());

        JobFailedException failure = await builder.Build().FailAsync();

        failure.Step.Should().Be("lookup");
        failure.InnerException.Should().BeOfType<IOException>();
    }

    [Test]
    public async Task Calls_that_end_on_other_threads_wake_their_lane()
    {
        var sink = new CollectingSink<int>();
        var builder = new TopologyBuilder("calls");
        builder.From("source", Enumerable.Range(0, 5000))
            .SelectAsync(async (record, _) =>
            {
                await Task.Yield();
                return record;
            })
            .To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = 2 });

        sink.Values.Should().Equal(Enumerable.Range(0, 5000));
    }

    [Test]
    public async Task The_end_of_a_job_cancels_calls_that_are_under_way()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = new TopologyBuilder("calls");
        builder.From("source", [1])
            .SelectAsync(async (record, cancellationToken) =>
            {
                await using CancellationTokenRegistration registration = cancellationToken.Register(cancelled.SetResult);
                started.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                return record;
            })
            .To("sink", new CollectingSink<int>());
        await using Job job = await builder.Build().StartAsync();
        await Connectors.Within.Time(started.Task);

        job.Cancel();

        await Connectors.Within.Time(cancelled.Task);
    }

    [Test]
    public void Options_out_of_range_are_refused()
    {
        DataStream<int> stream = new TopologyBuilder("calls").From("source", [1]);
        foreach (AsyncOptions options in (AsyncOptions[])[
            new() { MaxInFlight = 0 },
            new() { MaxInFlight = 70_000 },
            new() { Timeout = TimeSpan.Zero },
            new() { Attempts = 0 },
            new() { RetryDelay = TimeSpan.FromTicks(-1) },
            new() { RetryDelay = TimeSpan.FromSeconds(11) },
            new() { Timeout = TimeSpan.FromDays(50) },
            new() { MaxRetryDelay = TimeSpan.FromDays(50) }])
        {
            Action describe = () => stream.SelectAsync((record, _) => ValueTask.FromResult(record), options);

            describe.Should().Throw<ArgumentOutOfRangeException>().WithMessage("AsyncOptions.*must be*");
        }
    }

    private static Func<int, CancellationToken, ValueTask<int>> DelayAsync(VirtualClock clock) => async (milliseconds, cancellationToken) =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), clock, cancellationToken);
        return milliseconds;
    };
}
