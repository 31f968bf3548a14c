namespace IoTStream.Simulation.Disk;

/// <summary>The machine has crashed in the middle of a call: whoever made it is dead, and must not be asked anything more.</summary>
internal sealed class SimulatedCrashException() : Exception("The machine has crashed.");
