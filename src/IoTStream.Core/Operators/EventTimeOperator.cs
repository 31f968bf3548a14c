using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Assigns event time and makes watermarks, per partition of the source. A record that is behind the watermark which the records
/// before it allow is preceded by that watermark, in the middle of a batch if need be: so it depends on the order of the input alone,
/// and not on how it was cut into batches, which records are late.
/// </summary>
internal sealed class EventTimeOperator<T, TFunction, TRule> : ResumableOperator<T, T>, ITimed
    where TFunction : struct, IFunction<T, long>
    where TRule : struct, IWatermarkRule<T>
{
    private readonly TFunction _timestamp;
    private readonly TRule _rule;
    private readonly PartitionClocks _clocks = new();
    private readonly EventTimeScope _scope;
    private readonly SilenceProgress? _progress;
    private readonly int _lane;
    private readonly bool _mindsSilence;
    private readonly TimeProvider _timeProvider;
    private readonly long _idleAfter;
    private readonly TimeSpan? _maxAhead;
    private readonly long[] _timestamps;

    /// <summary>
    /// How many records are read at once. What is read behind a record that fails is read again, so after a failure it begins small: a source
    /// all of whose records fail costs each of them one reading, not one for each before it.
    /// </summary>
    private int _atOnce;

    /// <summary>The record whose timestamp or watermark is being read.</summary>
    private int _read;
    private long _watermark = Watermark.None;
    private bool _idle;
    private bool _hasEnded;
    private bool _allEnded;

    public EventTimeOperator(
        TFunction timestamp,
        TRule rule,
        WatermarkStrategy strategy,
        Operator<T> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context,
        EventTimeScope scope)
        : base(next, counters, errors, context)
    {
        _timestamp = timestamp;
        _rule = rule;
        _maxAhead = strategy.MaxAhead;
        _scope = scope;
        _lane = context.Lane;
        _timeProvider = context.TimeProvider;
        _timestamps = new long[context.BatchSize];
        _atOnce = context.BatchSize;
        _idleAfter = strategy.IdleTimeout is { } timeout
            ? (long)(timeout.TotalSeconds * _timeProvider.TimestampFrequency)
            : long.MaxValue;
        if (strategy.ProgressAfter is { } after)
        {
            _progress = new SilenceProgress(after, scope.Activity, _timeProvider);
        }

        State?.Add(new PartitionClockState(_clocks, () => _watermark, watermark => _watermark = watermark));
        _mindsSilence = _idleAfter != long.MaxValue || _progress is not null;
        if (_mindsSilence)
        {
            context.Timed.Add(this);
        }
    }

    public long Deadline
    {
        get
        {
            if (_hasEnded)
            {
                return long.MaxValue;
            }

            long first = _progress?.Deadline ?? long.MaxValue;
            if (_idleAfter != long.MaxValue)
            {
                foreach (PartitionClock clock in _clocks.All)
                {
                    if (!clock.IsIdle)
                    {
                        first = Math.Min(first, clock.LastActivity + _idleAfter);
                    }
                }
            }

            return first;
        }
    }

    public void OnTime(long now)
    {
        // An input that is not read because the pipeline is full is not silent.
        bool isHeldBack = !IsReady || _scope.IsHeldBack;
        if (_idleAfter != long.MaxValue)
        {
            PutToRest(now, isHeldBack);
        }

        if (_progress is not null && isHeldBack)
        {
            _scope.Activity.Touch(_lane, now);
        }

        Announce();
        if (_progress is not null)
        {
            Push(_progress.WatermarkAt(now));
            Report();
        }
    }

    protected override bool MayTake => _scope.Alignment is not { } alignment || alignment.MayTake;

    protected override int Process(scoped in Batch<T> batch)
    {
        int done = 0;
        do
        {
            // A batch of one source comes from one partition; only after a union can they alternate.
            Batch<T> part = batch.Slice(done, RunLength(in batch, done));
            done += ProcessPartition(in part);
        }
        while (done < batch.Count && HasRoom);

        return done;
    }

    protected override bool Advance(long watermark)
    {
        // Only the end of the input means something here: every other watermark is made anew from this step's timestamps.
        if (watermark == Watermark.End)
        {
            Push(watermark);
        }

        return true;
    }

    protected override void ChangeIdleness(bool idle)
    {
    }

    protected override void ChangePartition(SourcePartition partition, bool ended)
    {
        if (ended)
        {
            _clocks.Remove(partition);
            _allEnded = _clocks.All.Count == 0;
            Announce();
        }
        else
        {
            _clocks.Of(partition, Now());
            _allEnded = false;
            _scope.Activity.Touch(_lane, Now());
            if (_watermark != Watermark.None)
            {
                // After a restart, or if a partition comes late: it is known already how far event time is.
                _scope.Activity.Reach(_lane, _clocks.Furthest);
                Report();
            }
        }

        // Another step of event time may follow, which has to wait for each of them too.
        base.ChangePartition(partition, ended);
    }

    protected override void End()
    {
        _hasEnded = true;
        base.End();
        Report();
    }

    private void PutToRest(long now, bool isHeldBack)
    {
        foreach (PartitionClock clock in _clocks.All)
        {
            if (clock.IsIdle || now - clock.LastActivity < _idleAfter)
            {
                continue;
            }

            if (isHeldBack)
            {
                clock.LastActivity = now;
            }
            else
            {
                clock.IsIdle = true;
            }
        }
    }

    private static int RunLength(scoped in Batch<T> batch, int start)
    {
        if (batch.Origins.IsUniform)
        {
            return batch.Count - start;
        }

        SourcePartition partition = batch.Origins[start].Partition;
        int end = start + 1;
        while (end < batch.Count && ReferenceEquals(batch.Origins[end].Partition, partition))
        {
            end++;
        }

        return end - start;
    }

    private int ProcessPartition(scoped in Batch<T> whole)
    {
        Batch<T> batch = whole.Slice(0, Math.Min(whole.Count, _atOnce));
        PartitionClock clock = _clocks.Of(batch.Origins[0].Partition, Now());
        Touch(clock);
        long watermark = clock.Watermark;
        int read = Extract(in batch, ref watermark, out bool behind, out Exception? failure);
        if (_maxAhead is not null)
        {
            read = RefuseFuture(read, ref failure);
        }

        if (failure is not null)
        {
            // First what is before the record without a timestamp; then it comes again, as the first one.
            int done = read == 0 ? PutAside(in batch, failure) : ProcessPartition(batch.Slice(0, read));
            _atOnce = 1;
            return done;
        }

        _atOnce = Math.Min(_atOnce * 2, _timestamps.Length);

        var timed = new Batch<T>(_timestamps.AsSpan(0, read), batch.Values, batch.Origins);
        if (behind)
        {
            return ProcessDisordered(in timed, clock);
        }

        clock.Watermark = watermark;
        Emit(in timed);
        Announce();
        return read;
    }

    /// <summary>Reads timestamps until one fails.</summary>
    /// <param name="batch">The records.</param>
    /// <param name="watermark">The watermark that the partition's records allow, before and after.</param>
    /// <param name="behind">Whether some record is behind the watermark of the records before it.</param>
    /// <param name="failure">Why the record after the last one read has no timestamp; if set, nothing is said of watermarks.</param>
    /// <returns>How many were read.</returns>
    private int Extract(scoped in Batch<T> batch, ref long watermark, out bool behind, out Exception? failure)
    {
        failure = null;
        try
        {
            ReadTimestamps(in batch);
            behind = ReadWatermarks(batch.Values, ref watermark);
            return batch.Count;
        }
        catch (Exception exception)
        {
            failure = exception;
            behind = false;
            return _read;
        }
    }

    /// <summary>The first loop, with nothing else in it; whoever catches an exception finds its place in the field.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadTimestamps(scoped in Batch<T> batch)
    {
        ref T values = ref MemoryMarshal.GetReference(batch.Values);
        ref long timestamps = ref MemoryMarshal.GetArrayDataReference(_timestamps);
        TFunction function = _timestamp;
        int count = batch.Count;
        for (int i = 0; i < count; i++)
        {
            _read = i;
            Unsafe.Add(ref timestamps, i) = function.Invoke(Unsafe.Add(ref values, i), in batch, i);
        }
    }

    /// <summary>The second loop, likewise.</summary>
    /// <returns>Whether some record is behind the watermark of the records before it.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ReadWatermarks(ReadOnlySpan<T> values, ref long watermark)
    {
        ReadOnlySpan<long> timestamps = _timestamps.AsSpan(0, values.Length);
        TRule rule = _rule;
        long greatest = watermark;
        bool behind = false;
        for (int i = 0; i < timestamps.Length; i++)
        {
            _read = i;
            long timestamp = timestamps[i];
            long allowed = rule.Read(values[i], timestamp, i);
            behind |= timestamp <= greatest;
            greatest = Math.Max(greatest, allowed);
        }

        watermark = greatest;
        return behind;
    }

    /// <summary>Looks for a record of a time that has not come yet.</summary>
    /// <param name="read">How many records have a timestamp.</param>
    /// <param name="failure">Set if there is such a record.</param>
    /// <returns>How many records come before it.</returns>
    private int RefuseFuture(int read, ref Exception? failure)
    {
        TimeSpan maxAhead = _maxAhead!.Value;
        DateTimeOffset now = _timeProvider.GetUtcNow();
        long last = maxAhead.Ticks > long.MaxValue - now.UtcTicks ? long.MaxValue : now.UtcTicks + maxAhead.Ticks;
        for (int i = 0; i < read; i++)
        {
            long furthest = Math.Max(_timestamps[i], _rule.Again(_timestamps[i], i));
            if (furthest > last)
            {
                failure = new FutureTimestampException(Ticks.ToInstant(furthest), now, maxAhead);
                return i;
            }
        }

        return read;
    }

    /// <summary>Emits piece by piece, with a watermark before each record that is late by it.</summary>
    private int ProcessDisordered(scoped in Batch<T> batch, PartitionClock clock)
    {
        long others = _clocks.LeastOfOthers(clock);
        long greatest = clock.Watermark;
        int start = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            long watermark = Math.Min(others, greatest);
            long timestamp = batch.Timestamps[i];
            if (timestamp <= watermark && watermark > _watermark)
            {
                clock.Watermark = greatest;
                Emit(batch.Slice(start, i - start));
                Push(watermark);
                start = i;
                if (!HasRoom)
                {
                    return i;
                }
            }

            greatest = Math.Max(greatest, _rule.Again(timestamp, i));
        }

        clock.Watermark = greatest;
        Emit(batch.Slice(start, batch.Count - start));
        Announce();
        return batch.Count;
    }

    private int PutAside(scoped in Batch<T> batch, Exception failure)
    {
        Errors.Handle(failure, batch.Values[0], batch.Context(0));
        Errors.DeadLetters?.Flush();
        return 1;
    }

    private void Touch(PartitionClock clock)
    {
        if (!_mindsSilence)
        {
            return;
        }

        clock.LastActivity = Now();
        _scope.Activity.Touch(_lane, clock.LastActivity);
        clock.IsIdle = false;
        if (_idle)
        {
            _idle = false;
            Next.OnIdle(idle: false);
            Report();
        }
    }

    /// <summary>Tells the next step what has changed in watermark and idleness.</summary>
    private void Announce()
    {
        if (_progress is not null)
        {
            _scope.Activity.Reach(_lane, _clocks.Furthest);
        }

        Push(_clocks.Current);
        bool idle = _clocks.AllIdle;
        if (idle != _idle)
        {
            _idle = idle;
            Next.OnIdle(idle);
        }

        Report();
    }

    private void Report() => _scope.Alignment?.Report(_watermark, _idle || _allEnded || _hasEnded);

    private void Push(long watermark)
    {
        if (watermark > _watermark)
        {
            _watermark = watermark;
            Counters.Watermark = watermark;
            Errors.DeadLetters?.OnWatermark(watermark);
            Next.OnWatermark(watermark);
        }
    }

    private long Now() => _mindsSilence ? _timeProvider.GetTimestamp() : 0;
}
