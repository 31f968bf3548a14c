using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Gives records the time at which they are processed, and makes watermarks by the job's clock: with every batch, and at the multiples of
/// the resolution when nothing comes. Time never goes back, also if somebody sets the clock back.
/// </summary>
internal sealed class ProcessingTimeOperator<T> : StepOperator<T, T>, ITimed
{
    private readonly TimeProvider _timeProvider;
    private readonly long _resolution;
    private readonly long[] _timestamps;
    private long _now;

    /// <summary>The watermark that the next step has been given, in this life or in an earlier one.</summary>
    private long _watermark = Watermark.None;

    /// <summary>The watermark that the next step has been given in this life.</summary>
    private long _sent = Watermark.None;
    private bool _hasEnded;

    public ProcessingTimeOperator(TimeSpan resolution, Operator<T> next, StepCounters counters, OperatorContext context)
        : base(next, counters)
    {
        _timeProvider = context.TimeProvider;
        _resolution = resolution.Ticks;
        _timestamps = new long[context.BatchSize];
        Deadline = _timeProvider.GetTimestamp();
        context.Timed.Add(this);
        State = context.StateOf(counters.Step);
        State?.Add(new WatermarkState("watermark", () => _watermark, GoOnAfter));
    }

    public long Deadline { get; private set; }

    public void OnTime(long now)
    {
        ReadClock();
        PassOn(_now - 1);
        double seconds = (_resolution - (_now % _resolution)) / (double)TimeSpan.TicksPerSecond;
        Deadline = _hasEnded ? long.MaxValue : now + Math.Max(1, (long)Math.Ceiling(Math.Min(seconds * _timeProvider.TimestampFrequency, Ticks.Forever)));
    }

    public override void OnBatch(scoped in Batch<T> batch)
    {
        Counters.RecordsIn += batch.Count;
        ReadClock();
        Span<long> timestamps = _timestamps.AsSpan(0, batch.Count);
        timestamps.Fill(_now);
        Emit(new Batch<T>(timestamps, batch.Values, batch.Origins, hasOneTimestamp: true));
        PassOn(_now - 1);
    }

    public override void OnWatermark(long watermark)
    {
        // Only the end of the input means something here: every other watermark is made anew from the clock.
        if (watermark == Watermark.End)
        {
            PassOn(watermark);
        }
    }

    /// <summary>The clock goes on whether or not anything comes, so what follows never has to do without this input.</summary>
    public override void OnIdle(bool idle)
    {
    }

    public override void OnEnd()
    {
        _hasEnded = true;
        Deadline = long.MaxValue;
        base.OnEnd();
    }

    /// <summary>Goes on where an earlier life was, should the clock have been set back.</summary>
    private void GoOnAfter(long watermark)
    {
        _watermark = watermark;
        _now = watermark == Watermark.End ? _now : Math.Max(_now, Ticks.Add(watermark, 1));
    }

    private void ReadClock() => _now = Math.Max(_now, _timeProvider.GetUtcNow().UtcTicks);

    private void PassOn(long watermark)
    {
        if (watermark > _sent && watermark >= _watermark)
        {
            _sent = watermark;
            _watermark = watermark;
            Counters.Watermark = watermark;
            Next.OnWatermark(watermark);
        }
    }
}
