using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Jobs;

/// <summary>What outlives a job, and crashes it: the disk, the clock, and the moments at which a source or a sink hears from it.</summary>
internal sealed class World(Random random)
{
    private readonly List<Action> _calls = [];
    private int _left = int.MaxValue;

    public Random Random => random;

    public SimulatedDisk Disk { get; } = new(random);

    public WorldClock Clock { get; } = new(random);

    /// <summary>Whether the process that runs is to be dead.</summary>
    public bool HasCrashed { get; private set; }

    /// <summary>Lets the process crash at one of the next moments.</summary>
    public void ScheduleCrash(int moments) => _left = moments;

    /// <summary>The process that comes now is a new one, and lives on.</summary>
    public void Restart()
    {
        _left = int.MaxValue;
        HasCrashed = false;
        _calls.Clear();
        Clock.Restart();
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

    /// <summary>A call to somebody who answers at some time, in whatever order, if the process still lives.</summary>
    public async ValueTask<T> CallAsync<T>(T answer)
    {
        if (random.Next(3) > 0)
        {
            var call = new TaskCompletionSource();
            _calls.Add(call.SetResult);
            await call.Task.ConfigureAwait(false);
        }

        return answer;
    }

    /// <summary>Answers a call, if there is one.</summary>
    public bool Answer()
    {
        if (_calls.Count == 0)
        {
            return false;
        }

        int call = random.Next(_calls.Count);
        Action answer = _calls[call];
        _calls.RemoveAt(call);
        answer();
        return true;
    }
}
