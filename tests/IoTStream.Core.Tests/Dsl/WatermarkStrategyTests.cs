using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class WatermarkStrategyTests
{
    private static readonly FakeClock Clock = new();

    [Test]
    public async Task An_announced_watermark_holds_for_the_records_after_the_one_that_announces_it()
    {
        // The record at 7 announces 9, its own time included; the one at 8 is late by that, the one at 10 is not.
        (List<string> windows, List<int> late) = await RunAsync(
            Watermarks.Punctuated<Reading>(reading => reading.Value > 0 ? At(reading.Value) : null), Of(5, 0), Of(7, 9), Of(8, 0), Of(10, 0), Of(3, 0));

        windows.Should().Equal("0: 5 7", "10: 10");
        late.Should().Equal(8, 3);
    }

    [Test]
    public async Task A_watermark_announced_earlier_is_not_taken_back()
    {
        (_, List<int> late) = await RunAsync(
            Watermarks.Punctuated<Reading>(reading => reading.Value > 0 ? At(reading.Value) : null), Of(1, 9), Of(2, 3), Of(4, 0), Of(20, 0));

        late.Should().Equal(2, 4);
    }

    [Test]
    public void A_strategy_for_other_records_is_refused()
    {
        DataStream<int> stream = new TopologyBuilder("t").From("s", new ArraySource<int>(1));

        Action act = () => stream.WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.Punctuated<Reading>(_ => null));

        act.Should().Throw<ArgumentException>().WithMessage("*records of type Reading*stream is of Int32*");
    }

    [Test]
    public void Announcing_for_a_base_type_is_accepted()
    {
        DataStream<string> stream = new TopologyBuilder("t").From("s", new ArraySource<string>("a"));

        Action act = () => stream.WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.Punctuated<object>(_ => null));

        act.Should().NotThrow();
    }

    [Test]
    public void Records_of_the_future_leave_everything_else_as_if_they_were_not_there() => Property.Holds(
        random =>
        {
            WindowCase input = WindowCase.Create(random, partitions: 1) with { Threads = false };
            long limit = Clock.GetUtcNow().UtcTicks + (random.Next(2) * TimeSpan.TicksPerMinute);
            HashSet<int> future = [.. input.Readings.Select(reading => reading.Id).Where(_ => random.Next(6) == 0)];
            return (Input: input, Limit: limit, Future: future, Policy: random.Next(2) == 0 ? ErrorPolicy.Skip : ErrorPolicy.DeadLetter);
        },
        test =>
        {
            (WindowCase input, long limit, HashSet<int> future, ErrorPolicy policy) = test;
            Reading[] sent = [.. input.Readings.Select(reading =>
                future.Contains(reading.Id) ? reading with { Time = limit + 1 + reading.Key } : reading with { Time = limit - 2_000 + reading.Time - 1_000_000 })];

            (List<string> windows, List<int> late, StepMetrics step, List<int> letters) = Step(sent, input.Watermarks, guarded: true);
            (List<string> expected, List<int> expectedLate, _, _) = Step([.. sent.Where(reading => !future.Contains(reading.Id))], input.Watermarks, guarded: false);

            windows.Should().Equal(expected);
            late.Should().Equal(expectedLate);
            step.Errors.Should().Be(future.Count);
            step.Dropped.Should().Be(policy == ErrorPolicy.Skip ? future.Count : 0);
            letters.Should().Equal(policy == ErrorPolicy.Skip ? [] : sent.Where(reading => future.Contains(reading.Id)).Select(reading => reading.Id));

            (List<string>, List<int>, StepMetrics, List<int>) Step(Reading[] readings, WatermarkStrategy watermarks, bool guarded)
            {
                var builder = new TopologyBuilder("t");
                var random = new Random(input.Seed);
                DataStream<Reading> timed = builder.From("s", new ArraySource<Reading>([readings], _ => random.Next(1, input.ReadSize + 1)))
                    .WithEventTime(
                        reading => reading.Timestamp,
                        guarded ? watermarks.WithMaxAhead(TimeSpan.FromTicks(limit - Clock.GetUtcNow().UtcTicks)) : watermarks,
                        guarded ? policy : ErrorPolicy.Fail,
                        "time");
                (CollectingSink<string> windows, CollectingSink<Reading> late, CollectingSink<int> letters) = (new(), new(), new());
                Window(timed, windows, late);
                builder.DeadLetters.Select(letter => ((Reading)letter.Element!).Id).To("letters", letters);
                IReadOnlyList<StepMetrics> metrics = builder.Build().Step(
                    new JobOptions { Lanes = 1, BatchSize = input.BatchSize, TimeProvider = Clock }, random, new Gate(random));
                return ([.. windows.Values.Order(StringComparer.Ordinal)], [.. late.Values.Select(reading => reading.Id)], metrics.Of("time"), [.. letters.Values]);
            }
        });

    [Test]
    public async Task A_device_with_a_wrong_clock_does_not_make_records_be_read_over_and_over([Values(1, 2, 50)] int wrongEvery)
    {
        const int Records = 1000;
        long now = Clock.GetUtcNow().UtcTicks;
        int reads = 0;
        var sink = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<int>([.. Enumerable.Range(0, Records)]))
            .WithEventTime(
                i =>
                {
                    reads++;
                    return new DateTimeOffset(now + i + (i % wrongEvery == 0 ? TimeSpan.TicksPerDay : 0), TimeSpan.Zero);
                },
                Watermarks.Monotonous().WithMaxAhead(TimeSpan.FromHours(1)),
                ErrorPolicy.Skip)
            .To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = 1, TimeProvider = Clock });

        sink.Values.Should().Equal(Enumerable.Range(0, Records).Where(i => i % wrongEvery != 0));
        reads.Should().BeLessThan(Records * 4);
    }

    [Test]
    public async Task A_job_can_fail_on_a_record_of_the_future()
    {
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<long>(Clock.GetUtcNow().UtcTicks + TimeSpan.TicksPerHour + 1))
            .WithEventTime(ticks => new DateTimeOffset(ticks, TimeSpan.Zero), Watermarks.Monotonous().WithMaxAhead(TimeSpan.FromHours(1)), name: "time")
            .ForEach("end", _ => { });

        JobFailedException failure = await builder.Build().FailAsync(new JobOptions { TimeProvider = Clock });

        failure.Step.Should().Be("time");
        failure.InnerException.Should().BeOfType<FutureTimestampException>()
            .Which.Timestamp.Should().Be(Clock.GetUtcNow().AddHours(1).AddTicks(1));
    }

    [Test]
    public async Task An_announced_watermark_of_the_future_is_refused_with_its_record()
    {
        (List<string> windows, List<int> late) = await RunAsync(
            Watermarks.Punctuated<Reading>(reading => reading.Value > 0 ? Clock.GetUtcNow().AddDays(reading.Value) : null).WithMaxAhead(TimeSpan.FromDays(1)),
            Of(5, 0),
            Of(6, 2),
            Of(7, 0));

        windows.Should().Equal("0: 5 7");
        late.Should().BeEmpty();
    }

    [Test]
    public void No_distance_is_too_far_to_say()
    {
        WatermarkStrategy strategy = Watermarks.Monotonous();

        strategy.WithMaxAhead(TimeSpan.MaxValue).MaxAhead.Should().Be(TimeSpan.MaxValue);
        strategy.Invoking(found => found.WithMaxAhead(TimeSpan.FromTicks(-1))).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);

    private static Reading Of(int time, int announced) => new(time, 0, time, announced);

    private static void Window(DataStream<Reading> timed, CollectingSink<string> windows, CollectingSink<Reading> late)
    {
        timed.KeyBy(_ => 0)
            .Window(Tumbling.Of(TimeSpan.FromTicks(10)), AllowedLateness.None)
            .Aggregate("window", Aggregates.From<Reading, string, string>(() => "", (text, reading) => $"{text} {reading.Id}", text => text), out DataStream<Reading> dropped)
            .Select(result => $"{result.Window.StartTicks}:{result.Value}")
            .To("windows", windows);
        dropped.To("late", late);
    }

    private static async Task<(List<string> Windows, List<int> Late)> RunAsync(WatermarkStrategy strategy, params Reading[] readings)
    {
        var builder = new TopologyBuilder("t");
        (CollectingSink<string> windows, CollectingSink<Reading> late) = (new(), new());
        Window(builder.From("s", new ArraySource<Reading>(readings)).WithEventTime(reading => reading.Timestamp, strategy, ErrorPolicy.Skip), windows, late);
        await builder.Build().RunAsync(new JobOptions { Lanes = 1, TimeProvider = Clock });
        return ([.. windows.Values], [.. late.Values.Select(reading => reading.Id)]);
    }
}
