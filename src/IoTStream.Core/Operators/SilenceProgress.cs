using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Moves event time on while a step's whole input is silent: as though a record had come whose timestamp is as much later as the silence
/// has lasted. It goes in steps counted from the last record, so that it does not matter when exactly somebody looks.
/// </summary>
internal sealed class SilenceProgress
{
    private readonly InputActivity _activity;
    private readonly TimeSpan _after;
    private readonly TimeSpan _step;
    private readonly long _afterTime;
    private readonly long _stepTime;
    private long _nextStep = long.MinValue;

    public SilenceProgress(TimeSpan after, InputActivity activity, TimeProvider clock)
    {
        _activity = activity;
        _after = after;
        _step = TimeSpan.FromTicks(Math.Min(after.Ticks, Math.Clamp(after.Ticks / 10, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerSecond)));
        _afterTime = TimestampsIn(after);
        _stepTime = TimestampsIn(_step);

        long TimestampsIn(TimeSpan time) => (long)Math.Min(Ticks.Forever, Math.Max(1, time.TotalSeconds * clock.TimestampFrequency));
    }

    /// <summary>When event time next goes on, if nothing comes until then.</summary>
    public long Deadline => Math.Max(_nextStep, _activity.LastRecord + _afterTime);

    /// <summary>How far event time has got by the clock; <see cref="Watermark.None"/> if the input is not silent, or nothing is known of it.</summary>
    public long WatermarkAt(long now)
    {
        long last = _activity.LastRecord;
        if (now - last < _afterTime)
        {
            return Watermark.None;
        }

        if (_activity.IsHeldBack)
        {
            _nextStep = now + _stepTime;
            return Watermark.None;
        }

        long steps = (now - last - _afterTime) / _stepTime;
        _nextStep = last + _afterTime + ((steps + 1) * _stepTime);
        long furthest = _activity.Furthest;
        return furthest == Watermark.None ? Watermark.None : furthest + _after.Ticks + (steps * _step.Ticks);
    }
}
