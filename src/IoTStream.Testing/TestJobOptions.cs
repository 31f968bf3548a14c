using System.Globalization;
using IoTStream.Runtime;

namespace IoTStream.Testing;

/// <summary>How a <see cref="TestJob"/> runs. Nothing here changes what a topology computes; it changes in which order things happen.</summary>
/// <remarks>Immutable and thread-safe. Checked when the job is started.</remarks>
public sealed record TestJobOptions
{
    private static readonly int[] BatchSizes = [1, 1, 2, 3, 7, 64, 1024];
    private static readonly int[] ExchangeCapacities = [1, 1, 2, 8];

    /// <summary>On how many lanes the topology runs, 1 to 128; by default 1. All are stepped by the thread of the test.</summary>
    public int Lanes { get; init; } = 1;

    /// <summary>As <see cref="JobOptions.BatchSize"/>: the most records that are passed between steps at once; by default 1,024.</summary>
    public int BatchSize { get; init; } = 1024;

    /// <summary>As <see cref="JobOptions.ExchangeCapacity"/>: how many batches may wait between two lanes; by default 8.</summary>
    public int ExchangeCapacity { get; init; } = 8;

    /// <summary>In which order lanes step, and how much is put in their way.</summary>
    public Schedule Schedule { get; init; }

    /// <summary>What <see cref="Schedule"/> draws its decisions from: equal seeds give equal runs, step for step.</summary>
    public int Seed { get; init; }

    /// <summary>Processing time; by default a clock of the job's own.</summary>
    public VirtualClock? Clock { get; init; }

    /// <summary>How many steps may be taken before a job that still moves is said to go round in circles; by default a million.</summary>
    public int StepLimit { get; init; } = 1_000_000;

    /// <summary>
    /// Draws options from a seed: 1 to 4 lanes, batches and queues between lanes of one or more, and mostly hostile schedules. The same seed
    /// gives the same options and, with the same input, the same run.
    /// </summary>
    /// <param name="seed">The seed, which is also that of the schedule.</param>
    public static TestJobOptions FromSeed(int seed)
    {
        // The schedule draws from the seed itself; options drawn from the same numbers would go together with its decisions.
        var random = new Random(unchecked((seed * 0x5851F42D) + 0x14057B7E));
        return new TestJobOptions
        {
            Lanes = random.Next(1, 5),
            BatchSize = BatchSizes[random.Next(BatchSizes.Length)],
            ExchangeCapacity = ExchangeCapacities[random.Next(ExchangeCapacities.Length)],
            Schedule = random.Next(4) == 0 ? Schedule.Shuffled : Schedule.Hostile,
            Seed = seed,
        };
    }

    /// <summary>The options as an expression that makes them, without the clock.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"new TestJobOptions {{ Lanes = {Lanes}, BatchSize = {BatchSize}, ExchangeCapacity = {ExchangeCapacity}, Schedule = Schedule.{Schedule}, Seed = {Seed} }}");

    internal static JobOptions ToJobOptions(TestJobOptions options, TimeProvider clock)
    {
        if (!Enum.IsDefined(options.Schedule))
        {
            throw new ArgumentException($"TestJobOptions.Schedule is {options.Schedule}, which is none of the schedules.", nameof(options));
        }

        if (options.StepLimit < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"TestJobOptions.StepLimit is {options.StepLimit}; it must be at least 1.");
        }

        var jobOptions = new JobOptions
        {
            Lanes = options.Lanes,
            BatchSize = options.BatchSize,
            ExchangeCapacity = options.ExchangeCapacity,
            TimeProvider = clock,
        };
        JobOptions.Validate(jobOptions);
        return jobOptions;
    }
}
