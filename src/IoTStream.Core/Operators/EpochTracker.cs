namespace IoTStream.Operators;

/// <summary>
/// Which epoch of a job is under way, one at a time, and how many ends of its chains the barrier has still to reach. Once it has reached them
/// all, every operator has seen it, for every operator leads to an end. Thread-safe.
/// </summary>
internal sealed class EpochTracker
{
    private readonly Lock _gate = new();
    private int _open;
    private int _awaited;
    private long _requested;
    private bool _isUnderWay;

    /// <summary>The newest epoch that has begun: sources that have not injected its barrier do so before they read on; 0 if there was none.</summary>
    public long Requested => Volatile.Read(ref _requested);

    /// <summary>Called with the number of an epoch, on the lane whose end was the last that its barrier reached.</summary>
    public Action<long> Completed { get; set; } = static _ => { };

    /// <summary>The epochs go on after one of an earlier life. To be called before anything is made that takes part in them.</summary>
    public void GoOnAfter(long epoch) => Volatile.Write(ref _requested, epoch);

    public EpochEnd AddEnd()
    {
        lock (_gate)
        {
            _open++;
        }

        return new EpochEnd(this);
    }

    /// <summary>Begins an epoch. The one before it must be complete.</summary>
    /// <returns>Whether there is an end to wait for; if not, the epoch is complete at once.</returns>
    public bool Begin(long epoch)
    {
        lock (_gate)
        {
            _awaited = _open;
            _isUnderWay = _open > 0;
            Volatile.Write(ref _requested, epoch);
            return _isUnderWay;
        }
    }

    /// <summary>The barrier has reached an end.</summary>
    public void Reach()
    {
        bool completes;
        lock (_gate)
        {
            completes = TakeOne();
        }

        CompleteIf(completes);
    }

    /// <summary>An end is done for good.</summary>
    /// <param name="reached">The newest epoch whose barrier has reached it.</param>
    public void End(long reached)
    {
        bool completes;
        lock (_gate)
        {
            _open--;
            completes = _isUnderWay && reached < _requested && TakeOne();
        }

        CompleteIf(completes);
    }

    private bool TakeOne()
    {
        _isUnderWay = --_awaited > 0;
        return !_isUnderWay;
    }

    private void CompleteIf(bool completes)
    {
        if (completes)
        {
            Completed(_requested);
        }
    }
}
