using System.Runtime.CompilerServices;
using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>What window operators have in common: keys, results on their way out, and what happens to records that come too late.</summary>
internal abstract class WindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> : ResumableOperator<TIn, WindowResult<TKey, TOut>>
    where TKey : notnull
    where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut>
{
    private readonly WindowResult<TKey, TOut>[] _results;
    private readonly long[] _timestamps;
    private readonly RecordOrigin _origin;
    private readonly SideOutput<TIn>? _late;
    private int _count;

    /// <summary>How many results of the window that is being fired have been added.</summary>
    private int _emitted;

    protected WindowOperator(
        KeySelector<TIn, TKey> key,
        TAggregate aggregate,
        WindowSettings windows,
        SideOutput<TIn>? late,
        Operator<WindowResult<TKey, TOut>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(next, counters, errors, context)
    {
        Key = key;
        Aggregate = aggregate;
        Windows = windows;
        _late = late;
        _results = new WindowResult<TKey, TOut>[context.BatchSize];
        _timestamps = new long[context.BatchSize];
        _origin = new SourcePartition(counters.Step, context.Lane, $"lane {context.Lane}").Origin;
    }

    protected KeySelector<TIn, TKey> Key { get; }

    protected TAggregate Aggregate { get; }

    protected WindowSettings Windows { get; }

    protected long CurrentWatermark { get; private set; } = Watermark.None;

    protected override bool HasRoom => base.HasRoom && (_late is null || _late.IsReady);

    /// <summary>
    /// Whether a result can be added to the batch on its way out without that having to leave first. One that cannot be computed takes
    /// as much space among the dead letters.
    /// </summary>
    protected bool HasSpace => _count + (Errors.DeadLetters?.Count ?? 0) < _results.Length;

    protected sealed override int Process(scoped in Batch<TIn> batch)
    {
        int i = 0;
        while (i < batch.Count)
        {
            i = AddOnTime(in batch, i);
            if (i == batch.Count)
            {
                break;
            }

            if (AddSlowly(in batch, i))
            {
                i++;
            }
            else
            {
                Flush();
                if (!HasRoom)
                {
                    return i;
                }
            }
        }

        Flush();
        return i;
    }

    /// <summary>The common case: adds records from one on, as long as none of their windows has fired.</summary>
    /// <returns>The index of the first record that is not that, or that comes after one that failed.</returns>
    protected abstract int AddOnTime(scoped in Batch<TIn> batch, int start);

    /// <summary>Adds a record whatever the state of its windows, and gives the new results of those that have fired already.</summary>
    /// <returns>Whether it is done; if not there was no space for a result, and the record has to be presented again.</returns>
    protected abstract bool AddSlowly(scoped in Batch<TIn> batch, int index);

    /// <summary>Fires what a watermark makes due, as far as there is room.</summary>
    /// <returns>Whether all has been fired.</returns>
    protected abstract bool Fire(long watermark);

    protected sealed override bool Advance(long watermark)
    {
        CurrentWatermark = watermark;
        if (!Fire(watermark) || !Flush())
        {
            return false;
        }

        _late?.OnWatermark(watermark);
        return base.Advance(watermark);
    }

    protected sealed override void ChangeIdleness(bool idle)
    {
        _late?.OnIdle(idle);
        base.ChangeIdleness(idle);
    }

    protected sealed override void End()
    {
        _late?.OnEnd();
        base.End();
    }

    /// <summary>Adds a result to the batch on its way out; there must be <see cref="HasSpace"/>.</summary>
    protected void AddResult(TKey key, long start, in TAccumulator accumulator, WindowTiming timing, int pane)
    {
        long end = start + Windows.Size;
        try
        {
            _results[_count] = new WindowResult<TKey, TOut>(key, new Window(start, end), Aggregate.GetResult(in accumulator), timing, pane);
            _timestamps[_count] = end - 1;
            _count++;
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, key, new RecordContext(end - 1, _origin));
        }
    }

    /// <summary>Adds the results of all keys of a window, as far as there is room; called again, it goes on where it stopped.</summary>
    /// <returns>Whether all have been added.</returns>
    protected bool EmitResults(PaneTable<TKey, TAccumulator> table, long start)
    {
        ReadOnlySpan<PaneTable<TKey, TAccumulator>.Entry> entries = table.Entries;
        while (_emitted < entries.Length)
        {
            if (!HasSpace && !Flush())
            {
                return false;
            }

            ref readonly PaneTable<TKey, TAccumulator>.Entry entry = ref entries[_emitted];
            AddResult(entry.Key, start, in entry.Accumulator, WindowTiming.OnTime, pane: 0);
            _emitted++;
        }

        _emitted = 0;
        return true;
    }

    /// <summary>Sends what has been collected on its way, if there is any and there is room.</summary>
    /// <returns>Whether nothing is left to be sent.</returns>
    protected bool Flush()
    {
        if (!HasRoom)
        {
            return _count == 0 && _late is not { Count: > 0 } && Errors.DeadLetters is not { Count: > 0 };
        }

        _late?.Flush();
        Errors.DeadLetters?.Flush();
        Emit(new Batch<WindowResult<TKey, TOut>>(_timestamps.AsSpan(0, _count), _results.AsSpan(0, _count), new OriginColumn(_origin)));
        if (RuntimeHelpers.IsReferenceOrContainsReferences<WindowResult<TKey, TOut>>())
        {
            _results.AsSpan(0, _count).Clear();
        }

        _count = 0;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static TKey NotNull(TKey key)
    {
        if (key is null)
        {
            ThrowNullKey();
        }

        return key!;
    }

    /// <summary>Makes the accumulator of a key that is new in a table. A record that fails here leaves no trace: the key has none yet.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected void AddFirst(
        PaneTable<TKey, TAccumulator> table, ref TAccumulator accumulator, TIn value, RecordContext context)
    {
        try
        {
            accumulator = Aggregate.Create();
            Aggregate.Add(ref accumulator, value, context);
        }
        catch
        {
            table.RemoveLast();
            throw;
        }
    }

    /// <summary>A record all of whose windows have been given up.</summary>
    protected void AddLate(TIn value, RecordContext context)
    {
        Counters.Late++;
        if (_late is null)
        {
            Counters.Dropped++;
        }
        else
        {
            _late.Add(in value, context);
        }
    }

    private static void ThrowNullKey() =>
        throw new InvalidOperationException("The key selector of KeyBy returned null: every record needs a key. Filter such records out before KeyBy.");
}
