using IoTStream.Runtime;

namespace IoTStream.Simulation.Jobs;

/// <summary>What is to become of one life of a job, unless it crashes or fails before.</summary>
/// <param name="StopAfter">After how many steps it is asked to stop; not at all if that is more than it takes to its end.</param>
/// <param name="Stop">How.</param>
/// <param name="Savepoint">The name of the savepoint that is made of its last epoch; null for none.</param>
internal sealed record Life(int StopAfter, StopMode Stop, string? Savepoint)
{
    /// <summary>It goes on until its sources end.</summary>
    public static Life ToTheEnd { get; } = new(int.MaxValue, StopMode.KeepWindowsOpen, Savepoint: null);
}

/// <summary>How a life ended that did not crash or fail.</summary>
/// <param name="IsStopped">Whether it was stopped; if not, its sources have ended.</param>
/// <param name="Savepoint">The directory of the savepoint that was made; null if none was.</param>
internal sealed record LifeEnd(bool IsStopped, string? Savepoint);
