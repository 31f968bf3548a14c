using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Random process functions on random input, against an oracle.</summary>
[Parallelizable(ParallelScope.All)]
public class ProcessProperties
{
    private static readonly long Now = new FakeClock().GetUtcNow().UtcTicks;

    [Test]
    public void In_order_of_event_time_a_function_gives_what_its_definition_says() => Property.Holds(
        random => new ProcessCase(ProcessProgram.Create(random, usesEventTimers: true, usesProcessingTimers: false), WindowCase.Create(random, partitions: 1)),
        run =>
        {
            var oracle = new ProcessOracle(run.Program, Now);
            (List<Reading> onTime, List<Reading> late) = Divide(run.Input);
            foreach (Reading reading in onTime.OrderBy(reading => reading.Time))
            {
                oracle.Advance(reading.Time - 1);
                oracle.OnRecord(reading);
            }

            oracle.Advance(long.MaxValue);

            ProcessRun actual = ProcessRun.Of(run, inOrder: true);

            Compare(actual, oracle);
            actual.Late.Should().Equal(late.Select(reading => reading.Id).Order());
            actual.Metrics.Of("order").Late.Should().Be(late.Count);
        },
        run => run.Shrink());

    [Test]
    public void In_order_of_event_time_it_does_not_matter_how_partitions_interleave() => Property.Holds(
        random => new ProcessCase(
            ProcessProgram.Create(random, usesEventTimers: true, usesProcessingTimers: false),
            WithDistinctTimes(WindowCase.Create(random, partitions: random.Next(2, 5)).WithoutLateRecords())),
        run =>
        {
            var oracle = new ProcessOracle(run.Program, Now);
            foreach (Reading reading in run.Input.Readings.OrderBy(reading => reading.Time))
            {
                oracle.Advance(reading.Time - 1);
                oracle.OnRecord(reading);
            }

            oracle.Advance(long.MaxValue);

            ProcessRun actual = ProcessRun.Of(run, inOrder: true);

            Compare(actual, oracle);
            actual.Late.Should().BeEmpty();
        },
        run => run.Shrink());

    [Test]
    public void In_order_of_arrival_a_function_without_timers_gives_what_its_definition_says() => Property.Holds(
        random => new ProcessCase(ProcessProgram.Create(random, usesEventTimers: false, usesProcessingTimers: false), WindowCase.Create(random, partitions: 1)),
        run =>
        {
            var oracle = new ProcessOracle(run.Program, Now);
            long watermark = long.MinValue;
            foreach (Reading reading in run.Input.Readings)
            {
                oracle.Advance(watermark);
                oracle.OnRecord(reading);
                watermark = Math.Max(watermark, reading.Time - run.Input.Bound - 1);
            }

            ProcessRun actual = ProcessRun.Of(run, inOrder: false);

            Compare(actual, oracle);
        },
        run => run.Shrink());

    private static void Compare(ProcessRun actual, ProcessOracle oracle)
    {
        actual.Results.Should().Equal(ProcessRun.ByKey(oracle.Results));
        actual.Aside.Should().Equal(ProcessRun.ByKey(oracle.Aside));
        StepMetrics metrics = actual.Metrics.Of("process");
        (metrics.RecordsOut, metrics.Errors, metrics.Dropped).Should().Be((oracle.Results.Count, oracle.Errors, oracle.Errors));
    }

    private static (List<Reading> OnTime, List<Reading> Late) Divide(WindowCase input)
    {
        List<Reading> onTime = [];
        List<Reading> late = [];
        long watermark = long.MinValue;
        foreach (Reading reading in input.Readings)
        {
            (reading.Time > watermark ? onTime : late).Add(reading);
            watermark = Math.Max(watermark, reading.Time - input.Bound - 1);
        }

        return (onTime, late);
    }

    /// <summary>Records of equal timestamps from different partitions have no order.</summary>
    private static WindowCase WithDistinctTimes(WindowCase input)
    {
        var taken = new HashSet<long>();
        return input with
        {
            Partitions = [.. input.Partitions.Select(readings => readings.Where(reading => taken.Add(reading.Time)).ToArray())],
        };
    }
}
