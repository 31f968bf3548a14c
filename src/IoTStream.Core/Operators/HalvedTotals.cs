using System.Runtime.CompilerServices;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// Totals of two halves (two stacks, as Tangwongsan et al. describe them, for all keys at once): slices enter the younger one by a merge, and leave
/// the older one by falling back on what was noted before. When a slice is to leave and the older half is used up, the younger one takes its place, and what the total
/// will be after each departure is noted slice by slice. So a slice costs a key three steps in all, and nothing is ever subtracted: sums
/// of floating-point numbers are as good as if they were computed anew, and a value that is not a number is gone with its slice. Older and younger slices are
/// merged in the same groups whenever the same windows fire.
/// </summary>
internal sealed class HalvedTotals<TKey, TIn, TAccumulator, TOut, TAggregate>(
    TAggregate aggregate, WindowSettings windows, PaneList<TKey, TAccumulator> slices, int index)
    : SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate>(windows, slices, index)
    where TKey : notnull
    where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut>
{
    private readonly PaneTable<TKey, Total> _totals = new();

    /// <summary>The slices before this are in the older halves.</summary>
    private long _olderTo = long.MinValue;

    protected override bool IsMostlyEmpty
    {
        get
        {
            int live = 0;
            foreach (ref readonly PaneTable<TKey, Total>.Entry entry in _totals.Entries)
            {
                live += entry.Accumulator.Older + entry.Accumulator.Younger > 0 ? 1 : 0;
            }

            return _totals.Count > (2 * live) + 16;
        }
    }

    public override bool EmitResults(WindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> target) =>
        target.EmitResults(new TotalContents(_totals.Entries, aggregate), Window);

    protected override void Clear()
    {
        _totals.Clear();
        _olderTo = long.MinValue;
    }

    protected override void Enter(Pane<TKey, TAccumulator> slice)
    {
        SliceNotes<TAccumulator> notes = NotesOf(slice);
        notes.ReservePlaces(slice.Table.Count);
        PutIn(slice.Table.Entries, notes.Places);
    }

    protected override void Leave(long to)
    {
        if (to > _olderTo)
        {
            Flip(to);
            return;
        }

        for (int i = Slices.IndexFrom(Start); i < Slices.Count && Slices[i].Start < to; i++)
        {
            TakeOut(NotesOf(Slices[i]), Slices[i].Table.Count, _totals.Entries);
        }
    }

    protected override void Refresh(TKey key)
    {
        int place = _totals.PlaceOf(key);
        ref Total total = ref _totals.At(place);
        total = default;
        for (int i = Slices.IndexFrom(EnteredTo) - 1; i >= 0 && Slices[i].Start >= Start; i--)
        {
            Pane<TKey, TAccumulator> slice = Slices[i];
            int entry = slice.Table.FindPlace(key);
            if (entry < 0)
            {
                continue;
            }

            SliceNotes<TAccumulator> notes = NotesOf(slice);
            notes.ReservePlaces(slice.Table.Count);
            notes.Places[entry] = place;
            ref readonly TAccumulator accumulator = ref slice.Table.At(entry);
            if (slice.Start < _olderTo)
            {
                notes.ReserveRests(slice.Table.Count);
                AddOlder(ref total, in accumulator, ref notes.Rests[entry]);
            }
            else
            {
                AddYounger(ref total, in accumulator);
            }
        }
    }

    protected override void GiveNewPlaces()
    {
        base.GiveNewPlaces();
        Flip(Start);
    }

    /// <summary>Makes one half, the older one, of all slices from a start on that have entered.</summary>
    private void Flip(long start)
    {
        Span<PaneTable<TKey, Total>.Entry> totals = _totals.Entries;
        foreach (ref PaneTable<TKey, Total>.Entry total in totals)
        {
            total.Accumulator = default;
        }

        for (int i = Slices.IndexFrom(EnteredTo) - 1; i >= 0 && Slices[i].Start >= start; i--)
        {
            SliceNotes<TAccumulator> notes = NotesOf(Slices[i]);
            notes.ReserveRests(Slices[i].Table.Count);
            Turn(Slices[i].Table.Entries, notes, totals);
        }

        _olderTo = EnteredTo;
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
