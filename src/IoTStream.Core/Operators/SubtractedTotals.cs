using System.Runtime.CompilerServices;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// Totals that slices enter by a merge and leave by a subtraction, for aggregates of which that gives back exactly what was there before: half as
/// much to keep as <see cref="HalvedTotals{TKey, TIn, TAccumulator, TOut, TAggregate}"/>, and two steps for a key and slice instead of three.
/// </summary>
internal sealed class SubtractedTotals<TKey, TIn, TAccumulator, TOut, TAggregate>(
    TAggregate aggregate, WindowSettings windows, PaneList<TKey, TAccumulator> slices, int index)
    : SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate>(windows, slices, index)
    where TKey : notnull
    where TAggregate : struct, IInvertibleAggregate<TIn, TAccumulator, TOut>
{
    private readonly PaneTable<TKey, Total> _totals = new();

    protected override bool IsMostlyEmpty
    {
        get
        {
            int live = 0;
            foreach (ref readonly PaneTable<TKey, Total>.Entry entry in _totals.Entries)
            {
                live += entry.Accumulator.Slices > 0 ? 1 : 0;
            }

            return _totals.Count > (2 * live) + 16;
        }
    }

    public override bool EmitResults(WindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> target) =>
        target.EmitResults(new TotalContents(_totals.Entries, aggregate), Window);

    protected override void Clear() => _totals.Clear();

    protected override void Enter(Pane<TKey, TAccumulator> slice)
    {
        SliceNotes<TAccumulator> notes = NotesOf(slice);
        notes.ReservePlaces(slice.Table.Count);
        PutIn(slice.Table.Entries, notes.Places);
    }

    protected override void Leave(long to)
    {
        for (int i = Slices.IndexFrom(Start); i < Slices.Count && Slices[i].Start < to; i++)
        {
            TakeOut(Slices[i].Table.Entries, NotesOf(Slices[i]).Places);
        }
    }

    protected override void Refresh(TKey key)
    {
        int place = _totals.PlaceOf(key);
        ref Total total = ref _totals.At(place);
        total = default;
        for (int i = Slices.IndexFrom(Start); i < Slices.Count && Slices[i].Start < EnteredTo; i++)
        {
            Pane<TKey, TAccumulator> slice = Slices[i];
            int entry = slice.Table.FindPlace(key);
            if (entry >= 0)
            {
                SliceNotes<TAccumulator> notes = NotesOf(slice);
                notes.ReservePlaces(slice.Table.Count);
                notes.Places[entry] = place;
                Merge(ref total, in slice.Table.At(entry));
            }
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
            Merge(ref totals.At(place), in entries[i].Accumulator);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeOut(ReadOnlySpan<PaneTable<TKey, TAccumulator>.Entry> entries, int[] places)
    {
        PaneTable<TKey, Total> totals = _totals;
        for (int i = 0; i < entries.Length && i < places.Length; i++)
        {
            ref Total total = ref totals.At(places[i]);
            if (--total.Slices == 0)
            {
                total.Accumulator = default!;
            }
            else
            {
                aggregate.Subtract(ref total.Accumulator, in entries[i].Accumulator);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Merge(ref Total total, in TAccumulator accumulator)
    {
        if (total.Slices++ == 0)
        {
            total.Accumulator = Merging<TIn, TAccumulator, TOut, TAggregate>.Copy(aggregate, in accumulator);
        }
        else
        {
            aggregate.Merge(ref total.Accumulator, in accumulator);
        }
    }

    /// <summary>What a key has in the window.</summary>
    internal struct Total
    {
        /// <summary>How many slices hold the key; if none does, there is nothing.</summary>
        public int Slices;
        public TAccumulator Accumulator;
    }

    /// <summary>The totals as the contents of the window.</summary>
    internal readonly ref struct TotalContents(ReadOnlySpan<PaneTable<TKey, Total>.Entry> entries, TAggregate aggregate) : IWindowContents<TKey, TOut>
    {
        private readonly ReadOnlySpan<PaneTable<TKey, Total>.Entry> _entries = entries;

        public int Count => _entries.Length;

        public bool Holds(int place) => _entries[place].Accumulator.Slices != 0;

        public TKey Key(int place) => _entries[place].Key;

        public TOut Result(int place) => aggregate.GetResult(in _entries[place].Accumulator.Accumulator);
    }
}
