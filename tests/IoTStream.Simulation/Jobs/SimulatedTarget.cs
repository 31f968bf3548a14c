namespace IoTStream.Simulation.Jobs;

/// <summary>Two places to write to, and all that has been written there.</summary>
internal sealed class SimulatedTarget
{
    public SimulatedTarget(World world) => Sinks = [new SimulatedSink(world, Lines), new SimulatedSink(world, Lines)];

    public List<string> Lines { get; } = [];

    public IReadOnlyList<SimulatedSink> Sinks { get; }
}
