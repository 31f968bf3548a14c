using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Puts records together into lists, until there are so many or the first of them has waited for so long. A list bears the latest timestamp of
/// its records; while records wait, the watermark stays behind that, and the stream is not idle, so that no list is late.
/// </summary>
internal sealed class ChunkOperator<T> : ResumableOperator<T, IReadOnlyList<T>>, ITimed
{
    private readonly RecordBuffer<IReadOnlyList<T>> _results = new();
    private readonly TimeProvider _timeProvider;
    private readonly RecordOrigin _origin;
    private readonly int _size;
    private readonly long _maxDelay;
    private List<T> _chunk = [];
    private long _latest = long.MinValue;
    private long _watermark = Watermark.None;
    private long _passedOn = Watermark.None;
    private bool _isInputIdle;
    private bool _isIdle;

    public ChunkOperator(
        int size, TimeSpan maxDelay, Operator<IReadOnlyList<T>> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
        : base(next, counters, errors, context)
    {
        _size = size;
        _timeProvider = context.TimeProvider;
        _maxDelay = (long)Math.Min(maxDelay.TotalSeconds * _timeProvider.TimestampFrequency, Ticks.Forever);
        _origin = new SourcePartition(counters.Step, context.Lane, $"lane {context.Lane}").Origin;
        context.Timed.Add(this);
    }

    public long Deadline { get; private set; } = long.MaxValue;

    public void OnTime(long now) => OnClock(now);

    protected override int Process(scoped in Batch<T> batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            if (_chunk.Count == 0)
            {
                Deadline = _timeProvider.GetTimestamp() + _maxDelay;
            }

            _chunk.Add(batch.Values[i]);
            _latest = Math.Max(_latest, batch.Timestamps[i]);
            if (_chunk.Count == _size)
            {
                Close();
            }
        }

        Flush();
        return batch.Count;
    }

    protected override bool AdvanceClock(long now)
    {
        if (now >= Deadline)
        {
            Close();
            Flush();
        }

        return true;
    }

    protected override bool Advance(long watermark)
    {
        _watermark = watermark;
        if (watermark == Watermark.End)
        {
            Close();
        }

        Flush();
        return true;
    }

    /// <summary>While records wait, nobody may leave this stream out and go on without them.</summary>
    protected override void ChangeIdleness(bool idle)
    {
        _isInputIdle = idle;
        PassOnIdleness();
    }

    protected override void End()
    {
        Close();
        Flush();
        base.End();
    }

    private void Close()
    {
        if (_chunk.Count > 0)
        {
            _results.Add(_latest, _chunk, _origin);
            _chunk = [];
            _latest = long.MinValue;
            Deadline = long.MaxValue;
        }
    }

    private void Flush()
    {
        Emit(_results.AsBatch());
        _results.Clear();
        long watermark = _chunk.Count > 0 ? Math.Min(_watermark, _latest - 1) : _watermark;
        if (watermark > _passedOn)
        {
            _passedOn = watermark;
            base.Advance(watermark);
        }

        PassOnIdleness();
    }

    private void PassOnIdleness()
    {
        bool idle = _isInputIdle && _chunk.Count == 0;
        if (idle != _isIdle)
        {
            _isIdle = idle;
            base.ChangeIdleness(idle);
        }
    }
}
