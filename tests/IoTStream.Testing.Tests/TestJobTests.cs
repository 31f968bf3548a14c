using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Testing.Tests;

[Parallelizable(ParallelScope.All)]
public class TestJobTests
{
    [Test]
    public async Task A_test_feeds_sources_and_sees_what_came_out_so_far()
    {
        var readings = new TestSource<Reading>();
        var means = new TestSink<WindowResult<string, double>>();
        await using TestJob test = TestJob.Start(MeanSpeeds(readings, means), new TestJobOptions { Lanes = 2 });

        readings.AddRange(new("quay", 0, 40), new("hill", 5, 60), new("quay", 9, 50));
        test.Settle();
        means.Values.Should().BeEmpty("no window is over");

        readings.Add(new("quay", 10, 30));
        test.Settle();
        means.TakeNew().Select(mean => (mean.Key, mean.Value)).Should().BeEquivalentTo([("quay", 45.0), ("hill", 60.0)]);

        readings.Add(new("hill", 3, 99));
        readings.End();
        test.RunToEnd();
        means.TakeNew().Select(mean => (mean.Key, mean.Value)).Should().Equal(("quay", 30.0));
        means.IsCompleted.Should().BeTrue();
        test.GetMetrics("mean").Dropped.Should().Be(1);
        Action unknown = () => test.GetMetrics("median");
        unknown.Should().Throw<ArgumentException>().WithMessage("*no step 'median'*mean*");
    }

    [Test]
    public void Processing_time_passes_when_the_test_says()
    {
        var readings = new TestSource<Reading>(partitions: 2);
        var means = new TestSink<WindowResult<string, double>>();
        using TestJob test = TestJob.Start(MeanSpeeds(readings, means, idleness: TimeSpan.FromMinutes(1)));
        DateTimeOffset start = test.Clock.GetUtcNow();
        readings[0].AddRange(new("quay", 0, 40), new("quay", 10, 50));

        test.AdvanceTime(TimeSpan.FromSeconds(59));
        means.Values.Should().BeEmpty("the other partition is waited for");

        test.AdvanceTime(TimeSpan.FromHours(1));
        means.Records.Should().ContainSingle().Which.WrittenAt.Should().Be(start.AddMinutes(1), "the step acts at its deadline");
        test.Clock.GetUtcNow().Should().Be(start.AddHours(1).AddSeconds(59));
    }

    [Test]
    public void A_failure_names_the_step_the_cause_and_what_repeats_it()
    {
        var numbers = new TestSource<int>();
        var quotients = new TestSink<int>();
        var builder = new TopologyBuilder("division");
        builder.From("numbers", numbers).Select(number => 100 / number, name: "divide").To("quotients", quotients);
        using TestJob test = TestJob.Start(builder.Build(), new TestJobOptions { Lanes = 3, BatchSize = 1, Seed = 7, Schedule = Schedule.Shuffled });
        numbers.AddRange(5, 0);

        Action settle = test.Settle;

        TestJobException failure = settle.Should().Throw<TestJobException>().Which;
        failure.Message.Should().Contain("division").And.Contain("divide")
            .And.EndWith("new TestJobOptions { Lanes = 3, BatchSize = 1, ExchangeCapacity = 8, Schedule = Schedule.Shuffled, Seed = 7 }");
        failure.Failure!.Step.Should().Be("divide");
        failure.Failure.InnerException.Should().BeOfType<DivideByZeroException>();
        settle.Should().Throw<TestJobException>("it stays failed").Which.Should().BeSameAs(failure);
    }

    [Test]
    public void A_job_that_cannot_end_says_what_it_waits_for()
    {
        var readings = new TestSource<Reading>(partitions: 2);
        var means = new TestSink<WindowResult<string, double>>();
        using TestJob test = TestJob.Start(MeanSpeeds(readings, means), new TestJobOptions { Lanes = 2 });
        readings[0].AddRange(new("quay", 0, 40), new("quay", 12, 40));
        readings[0].End();
        readings[1].Add(new("quay", 11, 40));
        means.Hold();

        Action run = test.RunToEnd;

        run.Should().Throw<TestJobException>().Which.Message.Should().StartWith("The job 'speeds' can go no further, but has not ended.")
            .And.Contain("Lane 3: source 'readings' waits for records of partition '1', or for their end.")
            .And.Contain("sink 'means' waits for its writer, which has not finished a write.")
            .And.Contain("Step 'readings': 3 in, 3 out.")
            .And.Contain("Step 'mean': 3 in, 1 out, watermark 2026-01-01 08:00:10.9999999.");
    }

    [Test]
    public void A_job_that_moves_for_ever_is_found()
    {
        var source = new TestSource<int>();
        var builder = new TopologyBuilder("endless");
        builder.From("source", source).To("sink", new TestSink<int>());
        using TestJob test = TestJob.Start(builder.Build(), new TestJobOptions { StepLimit = 1, BatchSize = 1 });
        source.AddRange(1, 2, 3, 4);

        Action settle = test.Settle;

        settle.Should().Throw<TestJobException>().WithMessage("*has not come to rest within 1 steps*");
    }

    [Test]
    public void A_function_of_the_topology_cannot_step_it()
    {
        TestJob? test = null;
        var source = new TestSource<int>();
        var builder = new TopologyBuilder("nested");
        builder.From("source", source).ForEach("step", _ => test!.Settle());
        using (test = TestJob.Start(builder.Build()))
        {
            source.Add(1);

            Action settle = test.Settle;

            settle.Should().Throw<TestJobException>().Which.Failure!.InnerException.Should().BeOfType<InvalidOperationException>();
        }

        Action late = test.Settle;
        late.Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public void Silence_is_the_same_silence_under_every_schedule() => Exploration.Run(100, options =>
    {
        var readings = new TestSource<Reading>(partitions: 2);
        var means = new TestSink<WindowResult<string, double>>();
        using TestJob test = TestJob.Start(MeanSpeeds(readings, means, idleness: TimeSpan.FromMinutes(1)), options);
        DateTimeOffset start = test.Clock.GetUtcNow();
        readings[0].Add(new("quay", 0, 40));
        test.AdvanceTime(TimeSpan.FromSeconds(30));
        readings[0].Add(new("quay", 10, 50));

        test.AdvanceTime(TimeSpan.FromMinutes(10));

        means.Records.Should().ContainSingle().Which.WrittenAt.Should().Be(start.AddMinutes(1));
    });

    [TestCase(StopMode.KeepWindowsOpen, 0)]
    [TestCase(StopMode.CloseWindows, 1)]
    public void A_stop_takes_in_what_was_added_and_ends_the_job(StopMode mode, int results)
    {
        var readings = new TestSource<Reading>();
        var means = new TestSink<WindowResult<string, double>>();
        using TestJob test = TestJob.Start(MeanSpeeds(readings, means));
        readings.Add(new("quay", 0, 40));

        test.Stop(mode);

        test.HasEnded.Should().BeTrue();
        test.GetMetrics("mean").RecordsIn.Should().Be(1);
        means.Values.Should().HaveCount(results);
    }

    [TestCase(Schedule.InTurn)]
    [TestCase(Schedule.Shuffled)]
    [TestCase(Schedule.Hostile)]
    public void Equal_seeds_give_equal_runs(Schedule schedule)
    {
        string[] runs = [.. Enumerable.Range(0, 20).Select(run => Trace(new TestJobOptions { Lanes = 4, BatchSize = 3, Schedule = schedule, Seed = run / 2 }))];

        for (int run = 0; run < runs.Length; run += 2)
        {
            runs[run + 1].Should().Be(runs[run]);
        }

        runs.Distinct().Should().HaveCount(schedule == Schedule.InTurn ? 1 : 10, "other seeds take other ways");
    }

    [Test]
    public async Task Sources_that_go_on_by_themselves_are_waited_for()
    {
        var sums = new TestSink<int>();
        var builder = new TopologyBuilder("async");
        builder.From("numbers", Numbers()).Select(number => number * 2).To("sums", sums);
        await using TestJob test = await TestJob.StartAsync(builder.Build());

        await test.SettleAsync(() => sums.Values.Count >= 2);
        await test.RunToEndAsync();

        sums.Values.Should().Equal(2, 4, 6);
        sums.CountOf(SinkCall.Close).Should().Be(1);

        static async IAsyncEnumerable<int> Numbers()
        {
            for (int i = 1; i <= 3; i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5));
                yield return i;
            }
        }
    }

    private static string Trace(TestJobOptions options)
    {
        var readings = new TestSource<Reading>(partitions: 3);
        var means = new TestSink<WindowResult<string, double>>();
        using TestJob test = TestJob.Start(MeanSpeeds(readings, means), options);
        for (int i = 0; i < 100; i++)
        {
            readings[i % 3].Add(new($"{i % 7}", i, i));
        }

        readings.End();
        test.RunToEnd();
        return $"{test.Steps}: {string.Join(' ', means.Records.Select(mean => $"{mean.Value.Key}@{mean.Timestamp:ss}={mean.Value.Value}"))}";
    }

    private static Topology MeanSpeeds(TestSource<Reading> readings, TestSink<WindowResult<string, double>> means, TimeSpan? idleness = null)
    {
        WatermarkStrategy watermarks = Watermarks.Monotonous();
        var builder = new TopologyBuilder("speeds");
        builder.From("readings", readings)
            .WithEventTime(reading => reading.MeasuredAt, idleness is { } timeout ? watermarks.WithIdleness(timeout) : watermarks)
            .KeyBy(reading => reading.Road)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(10)), AllowedLateness.None)
            .Aggregate("mean", Aggregates.Mean<Reading>(reading => reading.Speed))
            .To("means", means);
        return builder.Build();
    }
}
