namespace IoTStream.Runtime;

/// <summary>Lets a lane's thread sleep when it has nothing to do, and others wake it. Waking a lane that is awake costs a fence and a read.</summary>
internal sealed class LaneSignal
{
    private readonly object _gate = new();
    private int _parked;

    /// <summary>Whether the thread sleeps, or is about to.</summary>
    public bool IsParked => Volatile.Read(ref _parked) == 1;

    /// <summary>The lane's thread: says that it is about to sleep. After this it looks for work once more, and then sleeps or cancels.</summary>
    public void Prepare() => Interlocked.Exchange(ref _parked, 1);

    public void Cancel() => Interlocked.Exchange(ref _parked, 0);

    /// <summary>Sleeps until somebody wakes the lane; returns at once if that has happened since <see cref="Prepare"/>.</summary>
    public void Sleep()
    {
        lock (_gate)
        {
            while (Volatile.Read(ref _parked) == 1)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    public void Wake()
    {
        // What the caller has published must be visible before it is decided that the lane is awake and will see it by itself.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _parked) == 1 && Interlocked.Exchange(ref _parked, 0) == 1)
        {
            lock (_gate)
            {
                Monitor.Pulse(_gate);
            }
        }
    }
}
