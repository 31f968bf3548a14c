using IoTStream.Connectors;
using IoTStream.State;
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

    /// <summary>The watermark that the next step has been given, in this life or in an earlier one.</summary>
    private long _passedOn = Watermark.None;

    /// <summary>The watermark that the next step has been given in this life.</summary>
    private long _sent = Watermark.None;
    private bool _isAnnounced;
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
        if (State is { } state)
        {
            state.Add(new ChunkState<T>(state.Serializers.Of<T>(), () => (_chunk, _latest, DueAt()), GoOnWith));
            state.Add(new WatermarkState("watermark", () => _watermark, watermark => _watermark = watermark));
            state.Add(new WatermarkState("passed on", () => _passedOn, watermark => _passedOn = watermark));
        }
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
            if (_chunk.Count >= _size)
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
        _watermark = Math.Max(_watermark, watermark);
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

    /// <summary>Chunks are of no partition of the input: a step of event time behind this one would wait for records of those for ever.</summary>
    protected override void ChangePartition(SourcePartition partition, bool ended)
    {
        if (!ended && !_isAnnounced)
        {
            _isAnnounced = true;
            base.ChangePartition(_origin.Partition, ended: false);
        }
    }

    protected override void End()
    {
        Close();
        Flush();
        base.End();
    }

    /// <summary>When the records that wait become a list, in UTC ticks.</summary>
    private long DueAt() => _chunk.Count == 0
        ? long.MaxValue
        : _timeProvider.GetUtcNow().UtcTicks + (long)Math.Max(0, (Deadline - _timeProvider.GetTimestamp()) * TicksATimestamp);

    private void GoOnWith(List<T> records, long latest, long until)
    {
        _chunk = records;
        _latest = latest;
        long now = _timeProvider.GetTimestamp();
        Deadline = records.Count == 0 ? long.MaxValue
            : records.Count >= _size ? now
            : now + (long)Math.Clamp(Math.Ceiling((until - _timeProvider.GetUtcNow().UtcTicks) / TicksATimestamp), 0, _maxDelay);
    }

    private double TicksATimestamp => TimeSpan.TicksPerSecond / (double)_timeProvider.TimestampFrequency;

    private void Close()
    {
        if (_chunk.Count > 0)
        {
            if (_chunk.Count <= _size)
            {
                _results.Add(_latest, _chunk, _origin);
            }
            else
            {
                // They were put together in a restart with fewer lanes.
                foreach (T[] part in _chunk.Chunk(_size))
                {
                    _results.Add(_latest, part, _origin);
                }
            }

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
        if (watermark > _sent && watermark >= _passedOn)
        {
            _sent = watermark;
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
