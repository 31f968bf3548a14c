namespace IoTStream.Operators;

/// <summary>An end of a chain on one lane, where nothing follows to which a barrier could be passed on. Used on its lane only.</summary>
internal sealed class EpochEnd(EpochTracker tracker)
{
    private long _reached = tracker.Requested;
    private bool _hasEnded;

    /// <summary>All that came before the barrier has been dealt with.</summary>
    public void OnBarrier(long epoch)
    {
        _reached = epoch;
        tracker.Reach();
    }

    /// <summary>Nothing will come any more, and all that came has been dealt with: no epoch waits for this end.</summary>
    public void OnEnd()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            tracker.End(_reached);
        }
    }
}
