using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// One step on one lane in an <see cref="AlignmentGroup"/>. Its own lane writes it; the others read it. Whoever finds that it is too far ahead
/// says that it waits before it looks once more, and whoever moves on looks for those who wait after saying so: one of them sees the other.
/// </summary>
internal sealed class AlignmentMember(AlignmentGroup group, Action wake)
{
    private long _watermark = Time.Watermark.None;
    private volatile bool _isOut;
    private volatile bool _waits;

    public long Watermark => Volatile.Read(ref _watermark);

    /// <summary>Whether others do not wait for this one: it is idle, or has ended.</summary>
    public bool IsOut => _isOut;

    /// <summary>Whether the step may take more: it is not too far ahead. Asked by its own lane.</summary>
    public bool MayTake
    {
        get
        {
            if (_watermark == Time.Watermark.None || group.Allows(_watermark))
            {
                if (_waits)
                {
                    _waits = false;
                }

                return true;
            }

            if (!_waits)
            {
                _waits = true;
                Interlocked.MemoryBarrier();
                return group.Allows(_watermark);
            }

            return false;
        }
    }

    /// <summary>Tells the others how far this one is. Called by its own lane.</summary>
    public void Report(long watermark, bool isOut)
    {
        if (watermark == _watermark && isOut == _isOut)
        {
            return;
        }

        Volatile.Write(ref _watermark, watermark);
        _isOut = isOut;
        Interlocked.MemoryBarrier();
        group.WakeThoseAllowed();
    }

    public void WakeIfAllowed()
    {
        if (_waits && group.Allows(Watermark))
        {
            wake();
        }
    }
}
