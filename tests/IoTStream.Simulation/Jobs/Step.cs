using IoTStream.Dsl;

namespace IoTStream.Simulation.Jobs;

/// <summary>A step of random topologies; it makes readings of readings.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Needs">What it can do with no less than.</param>
/// <param name="Keeps">What still holds behind it of what held before it.</param>
/// <param name="Add">Adds it.</param>
internal sealed record Step(string Name, Traits Needs, Traits Keeps, Func<StepPlace, DataStream<Reading>> Add)
{
    /// <summary>Whether each record gives the same whatever else there is and whenever time ends: then a job may be stopped and its windows closed.</summary>
    public bool IsRecordByRecord { get; init; }
}
