using System.Diagnostics.Metrics;
using IoTStream.Connectors;
using IoTStream.Log;

namespace IoTStream.Runtime;

/// <summary>How a job runs. Nothing here changes what a topology computes.</summary>
/// <remarks>Immutable and thread-safe. Checked when the job is started.</remarks>
public sealed record JobOptions
{
    /// <summary>
    /// How many lanes work in parallel, each with a thread of its own; 1 to 128, by default the number of processors. Functions that
    /// are given to steps run on several lanes at once, so with more than one they must be thread-safe. What comes before the first exchange is on further lanes,
    /// which these threads step by turns.
    /// </summary>
    public int Lanes { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, State.KeyGroups.Count);

    /// <summary>
    /// The most records that are passed between steps at once; 1 to 65,536, by default 1,024. It is a limit, not a goal: nothing waits for
    /// a batch to fill.
    /// </summary>
    public int BatchSize { get; init; } = 1024;

    /// <summary>How many batches may wait on their way from one lane to another before the sender is held back; 1 to 1,024, by default 8.</summary>
    public int ExchangeCapacity { get; init; } = 8;

    /// <summary>The clock of processing time; by default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Creates the meter of the job; by default one that the job owns. See docs/operations.md for the instruments.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>
    /// How long sources and sinks may take to close once the job has ended, and exactly-once sinks to stop applying an epoch once it is cancelled, before it stops
    /// waiting for them; by default 30 seconds. A job that had to give up on one fails.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Where the job keeps its epochs, so that it can go on after a crash where it was: state, source positions and outputs. Null, the default, if
    /// nowhere: then a job that is started begins with empty state.
    /// </summary>
    public EpochLog? EpochLog { get; init; }

    /// <summary>
    /// How long it is from one epoch to the next, which is also how long outputs of exactly-once sinks and acknowledgements wait at most, unless the
    /// disk takes longer; 1 millisecond to 1 hour, by default 1 second.
    /// </summary>
    public TimeSpan EpochInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often records are to have their effects if something fails; null, the default, for the best that source and sink of each path make possible together, as
    /// <c>Topology.Explain</c> tells. A start is refused if some path cannot hold it. With <see cref="Delivery.AtLeastOnce"/>, exactly-once sinks give their
    /// records at once and not only when their epoch is committed. A job with <see cref="Delivery.AtMostOnce"/> has no <see cref="EpochLog"/>, the others have one.
    /// </summary>
    public Delivery? Delivery { get; init; }

    /// <summary>What the job does when it fails; null, the default, for nothing: it has failed. Needs an <see cref="EpochLog"/>.</summary>
    public RestartPolicy? Restart { get; init; }

    /// <summary>
    /// The directory of a savepoint that a job begins with whose <see cref="EpochLog"/> is empty: see <see cref="Job.CreateSavepointAsync"/>. A log that has epochs is
    /// gone on with, so that the same options serve for all starts. Null, the default, for none.
    /// </summary>
    public string? Savepoint { get; init; }

    /// <summary>
    /// Steps whose state or position in the epoch log is given up: those that the topology has no more, and those that are to begin anew. Without it, a
    /// start that finds the state of such a step is refused. It is done once: starts that follow with the same step named here leave its new state alone, until one without it has
    /// committed an epoch.
    /// </summary>
    public IReadOnlyCollection<string> DropState { get; init; } = [];

    /// <summary>
    /// How many lanes a job has in all: with more than one, as many again for what comes before the first exchange, which have no threads of their own
    /// (<see cref="ReadingLanes"/>).
    /// </summary>
    internal int AllLanes => Lanes == 1 ? 1 : 2 * Lanes;

    internal static void Validate(JobOptions options)
    {
        Check(options.Lanes, 1, State.KeyGroups.Count, nameof(Lanes), nameof(options));
        Check(options.BatchSize, 1, 65_536, nameof(BatchSize), nameof(options));
        Check(options.ExchangeCapacity, 1, 1024, nameof(ExchangeCapacity), nameof(options));
        if (options.TimeProvider is null)
        {
            throw new ArgumentException("JobOptions.TimeProvider must not be null: leave it out to use the system's clock.", nameof(options));
        }

        if (options.EpochInterval < TimeSpan.FromMilliseconds(1) || options.EpochInterval > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"JobOptions.EpochInterval is {options.EpochInterval}; it must be between 1 millisecond and 1 hour.", nameof(options));
        }

        if (options.Savepoint is not null && options.EpochLog is null)
        {
            throw new ArgumentException("JobOptions.Savepoint needs an EpochLog, where the job goes on from there. Give EpochLog.At a directory.", nameof(options));
        }

        CheckDelivery(options);
        if (options.Restart is { } restart)
        {
            RestartPolicy.Validate(restart);
            if (options.EpochLog is null)
            {
                throw new ArgumentException(
                    "JobOptions.Restart needs an EpochLog: without one a job would begin anew with empty state. Give EpochLog.At a directory.", nameof(options));
            }
        }

        if (options.DropState is null)
        {
            throw new ArgumentException("JobOptions.DropState must not be null: leave it empty to keep all state.", nameof(options));
        }

        if (options.CloseTimeout <= TimeSpan.Zero)
        {
            throw new ArgumentException($"JobOptions.CloseTimeout is {options.CloseTimeout}; it must be more than zero.", nameof(options));
        }
    }

    private static void CheckDelivery(JobOptions options)
    {
        if (options.Delivery is not { } delivery)
        {
            return;
        }

        if (!Enum.IsDefined(delivery))
        {
            throw new ArgumentException($"JobOptions.Delivery is {delivery}; it must be one of the enumeration's values.", nameof(options));
        }

        if (delivery == Connectors.Delivery.AtMostOnce && options.EpochLog is not null)
        {
            throw new ArgumentException(
                "JobOptions.Delivery is AtMostOnce, but there is an EpochLog, from which a job reads again what came after the last epoch. Leave the log out.", nameof(options));
        }

        if (delivery != Connectors.Delivery.AtMostOnce && options.EpochLog is null)
        {
            throw new ArgumentException($"JobOptions.Delivery is {delivery}, which needs an EpochLog: give EpochLog.At a directory.", nameof(options));
        }
    }

    private static void Check(int value, int least, int most, string option, string parameter)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(parameter, $"JobOptions.{option} is {value}; it must be between {least} and {most}.");
        }
    }
}
