using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// The total of each key over the slices of a window that moves on through event time, at a cost that does not depend on how many slices
/// it holds: slices enter it and leave it again. How they leave depends on the aggregate.
/// </summary>
internal abstract class SlidingTotals<TKey, TIn, TAccumulator, TOut, TAggregate>(
    WindowSettings windows, PaneList<TKey, TAccumulator> slices, int index)
    where TKey : notnull
    where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut>
{
    /// <summary>All windows whose last instant is this or earlier have fired.</summary>
    private long _firedTo = Watermark.None;
    private long _firings;

    public WindowSettings Windows => windows;

    public LateResults<TKey> LateResults { get; } = new();

    /// <summary>The window whose contents these are.</summary>
    public Window Window => new(Start, Start + windows.Size);

    protected PaneList<TKey, TAccumulator> Slices => slices;

    /// <summary>The slices before this have left.</summary>
    protected long Start { get; private set; } = long.MinValue;

    /// <summary>The slices before this have entered.</summary>
    protected long EnteredTo { get; private set; } = long.MinValue;

    /// <summary>Whether most of the keys that have a place are in no slice of the window any more.</summary>
    protected abstract bool IsMostlyEmpty { get; }

    /// <summary>Adds the results of the window to those on their way out, as far as there is room.</summary>
    /// <returns>Whether all have been added.</returns>
    public abstract bool EmitResults(WindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> target);

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
        LeaveTo(start);
        EnterTo(start + windows.Size);
        _firedTo = start + windows.Size - 1;
        if (++_firings % (windows.Size / windows.Slide) == 0 && IsMostlyEmpty)
        {
            GiveNewPlaces();
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
            Clear();
            return;
        }

        LeaveTo(FirstStartAfter(watermark));
    }

    /// <summary>After a restart: what a watermark made due has fired. The slices enter again when the next window is due.</summary>
    public void GoOnFrom(long watermark)
    {
        _firedTo = watermark;
        Start = watermark is Watermark.None or Watermark.End ? watermark : FirstStartAfter(watermark);
        EnteredTo = Start;
    }

    /// <summary>Computes the total of a key anew, after a record has gone into a slice.</summary>
    public void Refresh(TKey key, long sliceStart)
    {
        if (sliceStart >= Start && sliceStart < EnteredTo)
        {
            Refresh(key);
        }
    }

    protected SliceNotes<TAccumulator> NotesOf(Pane<TKey, TAccumulator> slice) => slice.NotesOf(index);

    /// <summary>No slice is left.</summary>
    protected abstract void Clear();

    /// <summary>A slice enters.</summary>
    protected abstract void Enter(Pane<TKey, TAccumulator> slice);

    /// <summary>The slices from <see cref="Start"/> to an instant leave, but not all that there are.</summary>
    protected abstract void Leave(long to);

    /// <summary>Computes the total of a key anew.</summary>
    protected abstract void Refresh(TKey key);

    /// <summary>Keys that have gone keep their places. When they have become the majority, the others are given new ones.</summary>
    protected virtual void GiveNewPlaces()
    {
        long end = EnteredTo;
        Clear();
        EnteredTo = Start;
        EnterTo(end);
    }

    /// <summary>The start of the first window whose last instant is after this one.</summary>
    private long FirstStartAfter(long instant) => windows.LastStart(instant - windows.Size + 1) + windows.Slide;

    /// <summary>Takes the slices before an instant out.</summary>
    private void LeaveTo(long start)
    {
        if (start <= Start)
        {
            return;
        }

        if (start >= EnteredTo)
        {
            Clear();
            EnteredTo = start;
        }
        else
        {
            Leave(start);
        }

        Start = start;
    }

    /// <summary>Lets the slices that have not yet entered and lie before an instant enter.</summary>
    private void EnterTo(long to)
    {
        for (int i = slices.IndexFrom(EnteredTo); i < slices.Count && slices[i].Start < to; i++)
        {
            Enter(slices[i]);
        }

        EnteredTo = Math.Max(EnteredTo, to);
    }
}
