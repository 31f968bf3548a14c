using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    /// <summary>Where in their pane the keys of records are that are added together.</summary>
    private readonly int[] _places;
    private readonly RecordOrigin _origin;
    private readonly SideOutput<TIn>? _late;
    private readonly KeyColumn<TIn, TKey> _keys;

    /// <summary>How far the keys have got; null if nothing outlives the job.</summary>
    private readonly KeyWatermarks<TKey>? _watermarks;
    private int _count;

    /// <summary>Of the last records how many there were, and how many of them were the first of their key in the pane.</summary>
    private (int All, int Firsts) _last;

    /// <summary>Whether of those before them some were, but not nearly all.</summary>
    private bool _areKeysMixed;

    /// <summary>The record that is being added, counted from the end of those that are added together.</summary>
    private int _fromEnd;

    /// <summary>The last of them that was the first of its key in the pane. If it fails it leaves no trace: the key goes with it.</summary>
    private int _firstFromEnd;

    /// <summary>The pane of the last record, and that of the last one that fell into another: out of order, they mostly take turns.</summary>
    private Pane<TKey, TAccumulator>? _current;
    private Pane<TKey, TAccumulator>? _other;

    /// <summary>How many accumulators of the window that is being fired are done with.</summary>
    private int _emitted;

    /// <summary>Whether not all that the watermark makes due has been fired, because there was no room.</summary>
    private bool _isFiring;

    private long _passedOn = Watermark.None;

    protected WindowOperator(
        KeySelector<TIn, TKey> key,
        TAggregate aggregate,
        SideOutput<TIn>? late,
        Operator<WindowResult<TKey, TOut>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(next, counters, errors, context)
    {
        _keys = new KeyColumn<TIn, TKey>(key, context.BatchSize);
        Aggregate = aggregate;
        _late = late;
        _results = new WindowResult<TKey, TOut>[context.BatchSize];
        _timestamps = new long[context.BatchSize];
        _places = new int[context.BatchSize];
        _origin = new SourcePartition(counters.Step, context.Lane, $"lane {context.Lane}").Origin;
        if (State is not null)
        {
            _watermarks = new KeyWatermarks<TKey>("watermark", () => CurrentWatermark, watermark =>
            {
                CurrentWatermark = watermark;
                GoOnFrom(watermark);
            });
            State.Add(_watermarks);
        }
    }

    protected TAggregate Aggregate { get; }

    protected long CurrentWatermark { get; private set; } = Watermark.None;

    protected override bool HasRoom => base.HasRoom && (_late is null || _late.IsReady);

    /// <summary>
    /// Whether a result can be added to the batch on its way out without that having to leave first. One that cannot be computed takes
    /// as much space among the dead letters.
    /// </summary>
    protected bool HasSpace => _count + (Errors.DeadLetters?.Count ?? 0) < _results.Length;

    protected sealed override int Process(scoped in Batch<TIn> batch)
    {
        if (_isFiring && !(FireAll() && Flush() && HasRoom))
        {
            return 0;
        }

        _keys.Clear();
        int i = 0;
        while (i < batch.Count)
        {
            // A record that fails takes space too.
            if (HasSpace)
            {
                i = AddOnTime(in batch, i);
                if (i == batch.Count)
                {
                    break;
                }
            }

            if (HasSpace && AddSlowly(in batch, i))
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

    /// <summary>
    /// The pane that records of a timestamp are added to with nothing else to be done, because none of their windows has fired; null if there
    /// is none.
    /// </summary>
    protected abstract Pane<TKey, TAccumulator>? PaneOnTime(long timestamp);

    /// <summary>The key of a record of the batch that is being processed.</summary>
    /// <exception cref="Exception">The record has none.</exception>
    protected TKey KeyOf(scoped in Batch<TIn> batch, int index) => _keys.From(in batch, index)[0];

    /// <summary>Adds a record whatever the state of its windows, and gives the new results of those that have fired already.</summary>
    /// <returns>Whether it is done; if not there was no space for a result, and the record has to be presented again.</returns>
    protected abstract bool AddSlowly(scoped in Batch<TIn> batch, int index);

    /// <summary>Fires what a watermark makes due, as far as there is room.</summary>
    /// <returns>Whether all has been fired.</returns>
    protected abstract bool Fire(long watermark);

    /// <summary>After a restart: what a watermark made due has been fired.</summary>
    protected abstract void GoOnFrom(long watermark);

    /// <summary>Sees to it that panes outlive the job.</summary>
    /// <param name="state">What the operator keeps.</param>
    /// <param name="name">What they are.</param>
    /// <param name="panes">The panes.</param>
    /// <param name="windows">Which windows they belong to, in words.</param>
    /// <param name="lengthOf">How long the pane is that starts at an instant.</param>
    /// <param name="hasExpired">Whether a pane has been given up at a watermark.</param>
    /// <param name="contents">What they hold as bytes.</param>
    protected void Keep<T>(
        StepState state,
        string name,
        PaneList<TKey, T> panes,
        string windows,
        Func<long, long> lengthOf,
        Func<Pane<TKey, T>, long, bool> hasExpired,
        StateSerializer<T> contents) =>
        state.Add(new DurablePanes<TKey, T>(name, panes, windows, lengthOf, hasExpired, _watermarks!, state.Serializers.Of<TKey>(), contents));

    /// <summary>The watermark that a key goes by.</summary>
    protected long WatermarkOf(TKey key) => _watermarks is { AreUneven: true } ? _watermarks.Of(key) : CurrentWatermark;

    protected sealed override bool Advance(long watermark)
    {
        // After a restart those above may begin lower than they were.
        watermark = Math.Max(watermark, CurrentWatermark);
        CurrentWatermark = watermark;
        if (!FireAll() || !Flush())
        {
            return false;
        }

        _watermarks?.Reach(watermark);
        if (watermark > _passedOn)
        {
            _passedOn = watermark;
            _late?.OnWatermark(watermark);
            return base.Advance(watermark);
        }

        return true;
    }

    protected sealed override void ChangeIdleness(bool idle)
    {
        _late?.OnIdle(idle);
        base.ChangeIdleness(idle);
    }

    protected sealed override void End()
    {
        base.End();
        _late?.OnEnd();
    }

    protected sealed override void PassOnBarrier(long epoch)
    {
        base.PassOnBarrier(epoch);
        _late?.OnBarrier(epoch);
    }

    /// <summary>Adds a late result to the batch on its way out; there must be <see cref="HasSpace"/>.</summary>
    protected void AddLateResult(TKey key, Window window, in TAccumulator accumulator, int pane)
    {
        try
        {
            _results[_count] = new WindowResult<TKey, TOut>(key, window, Aggregate.GetResult(in accumulator), WindowTiming.Late, pane);
            _timestamps[_count] = window.EndTicks - 1;
            _count++;
        }
        catch (Exception exception)
        {
            HandleResult(exception, key, window);
        }
    }

    /// <summary>Adds the results of all keys of a window, as far as there is room; called again, it goes on where it stopped.</summary>
    /// <returns>Whether all have been added.</returns>
    public bool EmitResults<TContents>(scoped TContents contents, Window window)
        where TContents : struct, IWindowContents<TKey, TOut>, allows ref struct =>
        _watermarks is { AreUneven: true }
            ? EmitAll(new AwaitedContents<TKey, TOut, TContents>(contents, _watermarks, window.EndTicks - 1), window)
            : EmitAll(contents, window);

    private bool EmitAll<TContents>(scoped TContents contents, Window window)
        where TContents : struct, IWindowContents<TKey, TOut>, allows ref struct
    {
        while (_emitted < contents.Count)
        {
            if (!HasSpace && !Flush())
            {
                return false;
            }

            int first = _count;
            int last = Math.Min(_results.Length - (Errors.DeadLetters?.Count ?? 0), first + contents.Count - _emitted);
            _timestamps.AsSpan(first, last - first).Fill(window.EndTicks - 1);
            try
            {
                AddResults(ref MemoryMarshal.GetArrayDataReference(_results), last, contents, window);
            }
            catch (Exception exception)
            {
                HandleResult(exception, contents.Key(_emitted), window);
                _emitted++;
            }
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

    /// <summary>The accumulator of a record's key in a table, after it has taken the record in.</summary>
    protected ref TAccumulator Add(PaneTable<TKey, TAccumulator> table, TKey key, TIn value, RecordContext context, out bool isNew)
    {
        ref TAccumulator accumulator = ref table.GetOrAdd(key, out isNew);
        try
        {
            if (isNew)
            {
                accumulator = Aggregate.Create();
            }

            Aggregate.Add(ref accumulator, value, context);
        }
        catch when (isNew)
        {
            table.RemoveLast();
            throw;
        }

        return ref accumulator;
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

    private void HandleResult(Exception exception, TKey key, Window window) =>
        Errors.Handle(exception, key, new RecordContext(window.EndTicks - 1, _origin));

    private bool FireAll()
    {
        _current = null;
        _other = null;
        _isFiring = !Fire(CurrentWatermark);
        return !_isFiring;
    }

    /// <summary>The common case: adds records from one on, as long as none of their windows has fired.</summary>
    /// <returns>The index of the first record that is not that, or that comes after one that failed.</returns>
    private int AddOnTime(scoped in Batch<TIn> batch, int start)
    {
        int next = start;
        _fromEnd = 0;
        try
        {
            while (next < batch.Count && FindPane(batch.Timestamps[next]) is { } pane)
            {
                ReadOnlySpan<TKey> keys = _keys.From(in batch, next);
                Batch<TIn> run = batch.Slice(next, RunLength(in batch, next, keys.Length, pane));
                next += run.Count;
                AddToPane(in run, keys[..run.Count], pane.Table);
            }

            return next;
        }
        catch (Exception exception)
        {
            if (_fromEnd < 0 && _firstFromEnd == _fromEnd)
            {
                _current!.Table.RemoveLast();
            }

            int failed = next + _fromEnd;
            Errors.Handle(exception, batch.Values[failed], batch.Context(failed));
            return failed + 1;
        }
    }

    /// <summary>How many records from one on fall into a pane and have the same origin.</summary>
    private static int RunLength(scoped in Batch<TIn> batch, int start, int most, Pane<TKey, TAccumulator> pane)
    {
        int length = pane.CountHeld(batch.Timestamps.Slice(start, most));
        if (!batch.Origins.IsUniform)
        {
            RecordOrigin origin = batch.Origins[start];
            int same = 1;
            while (same < length && ReferenceEquals(batch.Origins[start + same], origin))
            {
                same++;
            }

            return same;
        }

        return length;
    }

    private Pane<TKey, TAccumulator>? FindPane(long timestamp)
    {
        if (_current is { } current && current.Holds(timestamp))
        {
            return current;
        }

        if (_watermarks is { AreUneven: true })
        {
            return null;
        }

        (_other, _current) = (_current, _other);
        return _current is { } other && other.Holds(timestamp) ? other : _current = PaneOnTime(timestamp);
    }

    /// <summary>
    /// Adds records that fall into a pane. One loop does it if it can be foreseen whether a record is the first of its key there, because nearly all are, or hardly
    /// any. If not, two loops are faster: one for the keys that does not depend on that, and another one for the records.
    /// </summary>
    private void AddToPane(scoped in Batch<TIn> run, ReadOnlySpan<TKey> keys, PaneTable<TKey, TAccumulator> table)
    {
        int known = table.Count;
        if (_areKeysMixed && TryFindPlaces(keys, table))
        {
            AddInPlaces(in run, known, table);
        }
        else
        {
            AddEach(in run, ref Unsafe.Add(ref MemoryMarshal.GetReference(keys), run.Count), table);
        }

        _fromEnd = 0;
        // A batch tells how many keys are new, a part of one does not.
        _last = (_last.All + run.Count, _last.Firsts + table.Count - known);
        if (_last.All >= _results.Length)
        {
            _areKeysMixed = _last.Firsts > _last.All / 8 && _last.Firsts < _last.All / 8 * 7;
            _last = default;
        }
    }

    /// <summary>Adds the keys of records that are added together, if that can be done before the records are looked at.</summary>
    private bool TryFindPlaces(ReadOnlySpan<TKey> keys, PaneTable<TKey, TAccumulator> table)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TAccumulator>())
        {
            return false;
        }

        int known = table.Count;
        try
        {
            table.GetOrAddPlaces(keys, _places, Aggregate.Create());
            return true;
        }
        catch (Exception)
        {
            // It will happen again when that record's turn comes.
            table.RemoveFrom(known);
            return false;
        }
    }

    /// <summary>Adds records whose keys have been added.</summary>
    /// <param name="run">The records.</param>
    /// <param name="known">How many keys there were before.</param>
    /// <param name="table">The accumulators.</param>
    private void AddInPlaces(scoped in Batch<TIn> run, int known, PaneTable<TKey, TAccumulator> table)
    {
        try
        {
            AddTogether(in run, ref MemoryMarshal.GetReference(table.Entries));
        }
        catch
        {
            // Those after the one that failed come again.
            foreach (int place in _places.AsSpan(0, run.Count + _fromEnd))
            {
                known = Math.Max(known, place + 1);
            }

            table.RemoveFrom(known);
            _firstFromEnd = 0;
            throw;
        }
    }

    /// <summary>
    /// The second of two loops. It, the first one, and the one that does all in one are what a pipeline of windows spends its time in: they have nothing else
    /// in them, so that all they need stays in registers, and keep their position where whoever catches an exception finds it.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddTogether(scoped in Batch<TIn> run, ref PaneTable<TKey, TAccumulator>.Entry entries)
    {
        ref TIn valuesEnd = ref Unsafe.Add(ref MemoryMarshal.GetReference(run.Values), run.Count);
        ref long timestampsEnd = ref Unsafe.Add(ref MemoryMarshal.GetReference(run.Timestamps), run.Count);
        ref int placesEnd = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_places), run.Count);
        RecordOrigin origin = run.Origins[0];
        TAggregate aggregate = Aggregate;
        for (nint i = -run.Count; i < 0; i++)
        {
            _fromEnd = (int)i;
            aggregate.Add(
                ref Unsafe.Add(ref entries, Unsafe.Add(ref placesEnd, i)).Accumulator,
                Unsafe.Add(ref valuesEnd, i),
                new RecordContext(Unsafe.Add(ref timestampsEnd, i), origin));
        }
    }

    /// <summary>Adds records and their keys in one loop.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddEach(scoped in Batch<TIn> run, ref TKey keysEnd, PaneTable<TKey, TAccumulator> table)
    {
        ref TIn valuesEnd = ref Unsafe.Add(ref MemoryMarshal.GetReference(run.Values), run.Count);
        ref long timestampsEnd = ref Unsafe.Add(ref MemoryMarshal.GetReference(run.Timestamps), run.Count);
        RecordOrigin origin = run.Origins[0];
        TAggregate aggregate = Aggregate;
        _firstFromEnd = 0;
        for (nint i = -run.Count; i < 0; i++)
        {
            _fromEnd = (int)i;
            ref TAccumulator accumulator = ref table.GetOrAdd(Unsafe.Add(ref keysEnd, i), out bool isNew);
            if (isNew)
            {
                _firstFromEnd = (int)i;
                accumulator = aggregate.Create();
            }

            aggregate.Add(ref accumulator, Unsafe.Add(ref valuesEnd, i), new RecordContext(Unsafe.Add(ref timestampsEnd, i), origin));
        }
    }

    /// <summary>
    /// Adds results until the batch is full or all are done. It is the other loop of a pipeline of windows; whoever catches an exception finds
    /// in the fields how far it got.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddResults<TContents>(ref WindowResult<TKey, TOut> results, int last, scoped TContents contents, Window window)
        where TContents : struct, IWindowContents<TKey, TOut>, allows ref struct
    {
        int place = _emitted;
        int count = _count;
        for (; place < contents.Count && count < last; place++)
        {
            if (contents.Holds(place))
            {
                _emitted = place;
                _count = count;
                Unsafe.Add(ref results, count) = new WindowResult<TKey, TOut>(
                    contents.Key(place), window, contents.Result(place), WindowTiming.OnTime, 0);
                count++;
            }
        }

        _emitted = place;
        _count = count;
    }
}
