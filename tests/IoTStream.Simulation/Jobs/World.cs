using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Jobs;

/// <summary>What outlives a job, and crashes it: the disk, and the moments at which a source or a sink hears from it.</summary>
internal sealed class World(Random random)
{
    private int _left = int.MaxValue;

    public Random Random => random;

    public SimulatedDisk Disk { get; } = new(random);

    /// <summary>Whether the process that runs is to be dead.</summary>
    public bool HasCrashed { get; private set; }

    /// <summary>Lets the process crash at one of the next moments.</summary>
    public void ScheduleCrash(int moments) => _left = moments;

    /// <summary>The process that comes now is a new one, and lives on.</summary>
    public void Restart()
    {
        _left = int.MaxValue;
        HasCrashed = false;
    }

    /// <summary>A moment at which the process can crash: before an effect on somebody else, or after.</summary>
    public void Pass()
    {
        if (HasCrashed || --_left == 0)
        {
            HasCrashed = true;
            throw new SimulatedCrashException();
        }
    }
}
