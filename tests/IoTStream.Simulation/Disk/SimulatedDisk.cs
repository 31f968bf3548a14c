using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Simulation.Disk;

/// <summary>
/// A disk that keeps no promise but those of <see cref="IDiskDirectory"/>: at a crash it loses unsynced sectors and directory entries in any combination. What
/// goes wrong, and when, follows from the random numbers that it is given.
/// </summary>
internal sealed class SimulatedDisk(Random random)
{
    private readonly Dictionary<string, SimulatedDirectory> _directories = new(StringComparer.Ordinal);
    private int _callsToFault = int.MaxValue;
    private Fault _fault;

    public Random Random => random;

    /// <summary>Counts crashes; what was opened before one is dead.</summary>
    public int Life { get; private set; }

    /// <summary>How many calls changed the disk.</summary>
    public int Calls { get; private set; }

    public bool IsReadOnly { get; private set; }

    /// <summary>Whether a call has failed since the disk was healed last.</summary>
    public bool HasFailed { get; private set; }

    public SimulatedDirectory Directory(string path)
    {
        if (!_directories.TryGetValue(path, out SimulatedDirectory? directory))
        {
            directory = new SimulatedDirectory(this, path);
            _directories.Add(path, directory);
        }

        return directory;
    }

    public SimulatedDirectory? FindDirectory(string path) => _directories.GetValueOrDefault(path);

    public string[] DirectoriesIn(string path) =>
        [.. _directories.Keys.Where(other => other.LastIndexOf('/') == path.Length && other.StartsWith(path)).Select(other => other[(path.Length + 1)..]).Order(StringComparer.Ordinal)];

    /// <summary>Lets something go wrong.</summary>
    /// <param name="fault">What.</param>
    /// <param name="calls">At which call that changes the disk, counted from 1.</param>
    public void Schedule(Fault fault, int calls)
    {
        _fault = fault;
        _callsToFault = calls;
    }

    /// <summary>Nothing more goes wrong, and the disk can be written.</summary>
    public void Heal()
    {
        _callsToFault = int.MaxValue;
        IsReadOnly = false;
        HasFailed = false;
    }

    /// <summary>The process dies, and the machine stays up: what was written is there, synced or not.</summary>
    public void Kill()
    {
        Life++;
        Heal();
    }

    /// <summary>The machine goes down and comes up again.</summary>
    public void Crash()
    {
        Life++;
        Heal();
        foreach (SimulatedDirectory directory in _directories.Values)
        {
            directory.Crash(random);
        }
    }

    /// <summary>Makes a call that changes the disk.</summary>
    /// <param name="life">In which life the caller was opened.</param>
    /// <param name="change">The change.</param>
    /// <param name="part">What happens instead if it is cut short.</param>
    /// <param name="giveUp">What happens instead if it fails; like <paramref name="part"/> unless it is given.</param>
    public void Change(int life, Action change, Action part, Action? giveUp = null)
    {
        ThrowIfDead(life);
        Calls++;
        Fault? fault = --_callsToFault == 0 ? _fault : null;
        IsReadOnly |= fault == Fault.ReadOnly;
        HasFailed |= fault is not null;
        if (IsReadOnly)
        {
            throw new IOException("Read-only file system");
        }

        switch (fault)
        {
            case Fault.Crash:
                part();
                Life++;
                throw new SimulatedCrashException();
            case Fault.CrashAfter:
                change();
                Life++;
                throw new SimulatedCrashException();
            case Fault.Full when giveUp is null:
                part();
                throw new IOException("No space left on device");
            case Fault.Error or Fault.Full:
                (giveUp ?? part)();
                throw new IOException("Input/output error");
            default:
                change();
                break;
        }
    }

    public void ThrowIfDead(int life)
    {
        if (life != Life)
        {
            throw new SimulatedCrashException();
        }
    }
}
