using System.Runtime.CompilerServices;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// The total of each key over the slices of a window that moves on through event time, at a cost that does not depend on how many slices
/// it holds. Each total has two halves (two stacks, as Tangwongsan et al. describe them, for all keys at once): slices enter the younger one by a merge, and leave
/// the older one by falling back on what was noted before. When a slice is to leave and the older half is used up, the younger one takes its place, and what the total
/// will be after each departure is noted slice by slice. So a slice costs a key three steps in all, and nothing is ever subtracted: sums
/// of floating-point numbers are as good as if they were computed anew, and a value that is not a number is gone with its slice. Older and younger slices are merged in the same groups whenever the same windows fire.
/// </summary>
internal sealed class SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate>(
    TAggregate aggregate, WindowSettings windows, PaneList<TKey, TAccumulator> slices, int index)
    where TKey : notnull
    where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut>
{
    private readonly PaneTable<TKey, Total> _totals = new();

    /// <summary>The slices before this have left.</summary>
    private long _start = long.MinValue;

    /// <summary>The slices before this are in the older halves.</summary>
    private long _olderTo = long.MinValue;

    /// <summary>The slices before this have entered.</summary>
    private long _enteredTo = long.MinValue;

    /// <summary>All windows whose last instant is this or earlier have fired.</summary>
    private long _firedTo = Watermark.None;
    private long _firings;

    public WindowSettings Windows => windows;

    public LateResults<TKey> LateResults { get; } = new();

    /// <summary>The window whose contents these are.</summary>
    public Window Window => new(_start, _start + windows.Size);

    public TotalContents Contents => new(_totals.Entries, aggregate);

    /// <summary>The start of the first window that has records, is due and has not fired.</summary>
    public bool NextDue(long watermark, out long start)
    {
        start = _firedTo is Watermark.None or Watermark.End ? _firedTo : FirstStartAfter(_firedTo);
        int next = slices.IndexFrom(start);
        if (next == slices.Count)
        {
            return false;
        }

        long firstWithSlice = windows.LastStart(slices[next].Start - windows.Size) + windows.Slide;
        start = Math.Max(start, firstWithSlice);
        return WindowSettings.HasFired(start + windows.Size, watermark);
    }

    /// <summary>Moves on to a window, which counts as fired then.</summary>
    public void MoveTo(long start)
    {
        Leave(start);
        Enter(start + windows.Size);
        _firedTo = start + windows.Size - 1;
        if (++_firings % (windows.Size / windows.Slide) == 0)
        {
            ForgetKeys();
        }
    }

    /// <summary>
    /// All due windows have fired: lets those slices leave that are in no other. None enters before a window that holds it is due, so that the
    /// order of results and of merges depends on the windows alone, not on how many watermarks there were.
    /// </summary>
    public void Settle(long watermark)
    {
        _firedTo = watermark;
        LateResults.Forget(windows.AllowedLateness, watermark);
        if (watermark == Watermark.End)
        {
            _totals.Clear();
            return;
        }

        Leave(FirstStartAfter(watermark));
    }

    /// <summary>Computes the total of a key anew, after a record has gone into a slice.</summary>
    public void Refresh(TKey key, long sliceStart)
    {
        if (sliceStart < _start || sliceStart >= _enteredTo)
        {
            return;
        }

        int place = _totals.PlaceOf(key);
        ref Total total = ref _totals.Entries[place].Accumulator;
        total = default;
        for (int i = slices.IndexFrom(_enteredTo) - 1; i >= 0 && slices[i].Start >= _start; i--)
        {
            Pane<TKey, TAccumulator> slice = slices[i];
            int entry = slice.Table.FindPlace(key);
            if (entry >= 0)
            {
                SliceNotes<TAccumulator> notes = slice.NotesOf(index);
                notes.Reserve(slice.Table.Count);
                notes.Places[entry] = place;
                ref readonly TAccumulator accumulator = ref slice.Table.Entries[entry].Accumulator;
                if (slice.Start < _olderTo)
                {
                    AddOlder(ref total, in accumulator, ref notes.Rests[entry]);
                }
                else
                {
                    AddYounger(ref total, in accumulator);
                }
            }
        }
    }

    /// <summary>The start of the first window whose last instant is after this one.</summary>
    private long FirstStartAfter(long instant) => windows.LastStart(instant - windows.Size + 1) + windows.Slide;

    /// <summary>Takes the slices before an instant out.</summary>
    private void Leave(long start)
    {
        if (start <= _start)
        {
            return;
        }

        if (start >= _enteredTo)
        {
            _totals.Clear();
            _olderTo = start;
            _enteredTo = start;
        }
        else if (start > _olderTo)
        {
            Flip(start);
        }
        else
        {
            for (int i = slices.IndexFrom(_start); i < slices.Count && slices[i].Start < start; i++)
            {
                TakeOut(slices[i].NotesOf(index), slices[i].Table.Count, _totals.Entries);
            }
        }

        _start = start;
    }

    /// <summary>Lets the slices that have not yet entered and lie before an instant enter.</summary>
    private void Enter(long to)
    {
        for (int i = slices.IndexFrom(_enteredTo); i < slices.Count && slices[i].Start < to; i++)
        {
            SliceNotes<TAccumulator> notes = slices[i].NotesOf(index);
            notes.Reserve(slices[i].Table.Count);
            PutIn(slices[i].Table.Entries, notes.Places);
        }

        _enteredTo = Math.Max(_enteredTo, to);
    }

    /// <summary>Makes one half, the older one, of all slices from a start on that have entered.</summary>
    private void Flip(long start)
    {
        Span<PaneTable<TKey, Total>.Entry> totals = _totals.Entries;
        foreach (ref PaneTable<TKey, Total>.Entry total in totals)
        {
            total.Accumulator = default;
        }

        for (int i = slices.IndexFrom(_enteredTo) - 1; i >= 0 && slices[i].Start >= start; i--)
        {
            SliceNotes<TAccumulator> notes = slices[i].NotesOf(index);
            notes.Reserve(slices[i].Table.Count);
            Turn(slices[i].Table.Entries, notes, totals);
        }

        _olderTo = _enteredTo;
    }

    /// <summary>Keys that have gone keep their places. When they have become the majority, the others are given new ones.</summary>
    private void ForgetKeys()
    {
        int live = 0;
        foreach (ref readonly PaneTable<TKey, Total>.Entry entry in _totals.Entries)
        {
            live += entry.Accumulator.Older + entry.Accumulator.Younger > 0 ? 1 : 0;
        }

        if (_totals.Count <= (2 * live) + 16)
        {
            return;
        }

        long end = _enteredTo;
        _totals.Clear();
        _enteredTo = _start;
        Enter(end);
        Flip(_start);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Turn(
        ReadOnlySpan<PaneTable<TKey, TAccumulator>.Entry> entries, SliceNotes<TAccumulator> notes, Span<PaneTable<TKey, Total>.Entry> totals)
    {
        int[] places = notes.Places;
        TAccumulator[] rests = notes.Rests;
        for (int i = 0; i < entries.Length && i < places.Length && i < rests.Length; i++)
        {
            AddOlder(ref totals[places[i]].Accumulator, in entries[i].Accumulator, ref rests[i]);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PutIn(ReadOnlySpan<PaneTable<TKey, TAccumulator>.Entry> entries, int[] places)
    {
        PaneTable<TKey, Total> totals = _totals;
        for (int i = 0; i < entries.Length && i < places.Length; i++)
        {
            int place = totals.PlaceOf(entries[i].Key);
            places[i] = place;
            AddYounger(ref totals.At(place), in entries[i].Accumulator);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TakeOut(SliceNotes<TAccumulator> notes, int count, Span<PaneTable<TKey, Total>.Entry> totals)
    {
        ReadOnlySpan<int> places = notes.Places.AsSpan(0, count);
        Span<TAccumulator> rests = notes.Rests.AsSpan(0, count);
        for (int i = 0; i < places.Length && i < rests.Length; i++)
        {
            ref Total total = ref totals[places[i]].Accumulator;
            total.OlderHalf = rests[i];
            total.Older--;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddOlder(ref Total total, in TAccumulator accumulator, ref TAccumulator rest)
    {
        rest = total.OlderHalf;
        total.OlderHalf = total.Older++ == 0
            ? Merging<TIn, TAccumulator, TOut, TAggregate>.Copy(aggregate, in accumulator)
            : Merging<TIn, TAccumulator, TOut, TAggregate>.Merge(aggregate, in accumulator, in rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddYounger(ref Total total, in TAccumulator accumulator)
    {
        if (total.Younger++ == 0)
        {
            total.YoungerHalf = Merging<TIn, TAccumulator, TOut, TAggregate>.Copy(aggregate, in accumulator);
        }
        else
        {
            aggregate.Merge(ref total.YoungerHalf, in accumulator);
        }
    }

    /// <summary>What a key has in the window.</summary>
    internal struct Total
    {
        /// <summary>How many slices of the older half hold the key; if none does, there is no such half.</summary>
        public int Older;

        /// <summary>How many slices of the younger half do.</summary>
        public int Younger;
        public TAccumulator OlderHalf;
        public TAccumulator YoungerHalf;
    }

    /// <summary>The totals as the contents of the window.</summary>
    internal readonly ref struct TotalContents(ReadOnlySpan<PaneTable<TKey, Total>.Entry> entries, TAggregate aggregate) : IWindowContents<TKey, TOut>
    {
        private readonly ReadOnlySpan<PaneTable<TKey, Total>.Entry> _entries = entries;

        public int Count => _entries.Length;

        public bool Holds(int place) => (_entries[place].Accumulator.Older | _entries[place].Accumulator.Younger) != 0;

        public TKey Key(int place) => _entries[place].Key;

        public TOut Result(int place)
        {
            ref readonly Total total = ref _entries[place].Accumulator;
            if (total.Older == 0)
            {
                return aggregate.GetResult(in total.YoungerHalf);
            }

            if (total.Younger == 0)
            {
                return aggregate.GetResult(in total.OlderHalf);
            }

            TAccumulator whole = Merging<TIn, TAccumulator, TOut, TAggregate>.Merge(aggregate, in total.OlderHalf, in total.YoungerHalf);
            return aggregate.GetResult(in whole);
        }
    }
}
