using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.State;

/// <summary>What the states of a function know of the moment: whose state is meant, and what time it is.</summary>
internal abstract class StateScope(TimeProvider timeProvider)
{
    private const int NoEntry = -1;
    private const int Closed = -2;

    private long _processingTime = Watermark.None;
    private long _eventTime = Watermark.None;
    private int _place = Closed;

    /// <summary>How far event time has got for the function: what expired by then can be given up.</summary>
    public long EventClock { get; set; } = Watermark.None;

    /// <summary>The record that is being processed, or what stands for one where a timer is.</summary>
    public RecordContext Record { get; private set; }

    /// <summary>The instant by which states are judged in this callback.</summary>
    public long EventTime => _eventTime;

    /// <summary>The clock, read once a callback, in UTC ticks.</summary>
    public long ProcessingTime
    {
        get
        {
            if (_processingTime == Watermark.None)
            {
                _processingTime = timeProvider.GetUtcNow().UtcTicks;
            }

            return _processingTime;
        }
    }

    /// <summary>The place of the current key; negative if it has no state.</summary>
    /// <exception cref="InvalidOperationException">There is no current key.</exception>
    public int Place
    {
        get
        {
            if (_place == Closed)
            {
                ThrowClosed();
            }

            return _place;
        }
    }

    protected bool IsOpen => _place != Closed;

    /// <summary>Whether what is kept of the current key has changed in this callback.</summary>
    protected bool IsChanged { get; private set; }

    /// <summary>What is kept of the current key is not what it was.</summary>
    public void MarkChanged() => IsChanged = true;

    /// <summary>The place of the current key, which gets one if it has none.</summary>
    public int ClaimPlace()
    {
        if (Place == NoEntry)
        {
            _place = Add();
        }

        return _place;
    }

    /// <summary>A state has begun to hold something for a place.</summary>
    public abstract void OnUsed(int place);

    /// <summary>A state holds nothing any more for a place.</summary>
    public abstract void OnEmptied(int place);

    /// <summary>Starts a callback without a current key.</summary>
    public void Begin(RecordContext record)
    {
        Record = record;
        _eventTime = Math.Max(record.TimestampTicks, EventClock);
        _processingTime = Watermark.None;
    }

    protected void Open(int place)
    {
        _place = place < 0 ? NoEntry : place;
        IsChanged = false;
    }

    protected void Close() => _place = Closed;

    /// <summary>Gives the current key a place.</summary>
    protected abstract int Add();

    private static void ThrowClosed() => throw new InvalidOperationException(
        "State of a key was used where there is no current key. It belongs to the record or timer that a function is called for: use it only within " +
        "OnRecord, OnTimer and ForEachKey, and on their thread.");
}
