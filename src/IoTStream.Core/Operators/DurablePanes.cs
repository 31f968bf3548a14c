using IoTStream.Log;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// Panes that the epoch log has too: an entry for each pane and key. A pane that has expired is given up whole, without a word for each of its keys:
/// the watermark of its lane says so as well, and when it is restored the pane is left out.
/// </summary>
/// <param name="name">The name.</param>
/// <param name="panes">The panes.</param>
/// <param name="windows">Which windows they belong to, in words: those of other windows cannot be taken over.</param>
/// <param name="lengthOf">How long the pane is that starts at an instant.</param>
/// <param name="hasExpired">Whether a pane that starts and ends at some instants has been given up at a watermark.</param>
/// <param name="watermarks">How far the keys have got.</param>
/// <param name="keys">What keys are as bytes.</param>
/// <param name="accumulators">What accumulators are as bytes.</param>
internal sealed class DurablePanes<TKey, TAccumulator>(
    string name,
    PaneList<TKey, TAccumulator> panes,
    string windows,
    Func<long, long> lengthOf,
    Func<Pane<TKey, TAccumulator>, long, bool> hasExpired,
    KeyWatermarks<TKey> watermarks,
    StateSerializer<TKey> keys,
    StateSerializer<TAccumulator> accumulators)
    : DurableTable(name)
    where TKey : notnull
{
    private const string Arrow = " => ";

    private readonly StateWriter _writer = new();
    private KeyOwnership<TKey>? _ownership;

    /// <summary>The pane that the rolling snapshot has come to, and the place in it.</summary>
    private (long Start, int Place) _cursor;

    public override string Format { get; } = windows + ", " + keys.Format + Arrow + accumulators.Format;

    public override void WriteChanges(EpochContribution epoch)
    {
        for (int i = 0; i < panes.Count; i++)
        {
            PaneTable<TKey, TAccumulator> table = panes[i].Table;
            Span<byte> changed = table.Changed;
            for (int place = NextChanged(changed, 0); place < changed.Length; place = NextChanged(changed, place + 1))
            {
                Put(epoch, panes[i], place);
            }

            table.ForgetChanges();
        }
    }

    public override void BeginTurn() => _cursor = (long.MinValue, 0);

    public override bool WriteShare(EpochContribution epoch, long bytes)
    {
        long end = bytes > long.MaxValue - epoch.Size ? long.MaxValue : epoch.Size + bytes;
        for (int i = panes.IndexFrom(_cursor.Start); i < panes.Count; i++)
        {
            // A pane that has gone meanwhile is passed over, and those that came before the cursor are changes of this turn.
            Pane<TKey, TAccumulator> pane = panes[i];
            int place = pane.Start == _cursor.Start ? _cursor.Place : 0;
            ReadOnlySpan<byte> changed = pane.Table.Changed;
            for (; place < changed.Length && epoch.Size < end; place++)
            {
                if (changed[place] == 0)
                {
                    Put(epoch, pane, place);
                }
            }

            _cursor = (pane.Start, place);
            if (place < changed.Length)
            {
                return false;
            }
        }

        return true;
    }

    public override DurableEntryReader? Reading(string format)
    {
        int comma = windows.Length + ", ".Length;
        if (!format.StartsWith(windows + ", ", StringComparison.Ordinal) || format.IndexOf(Arrow, comma, StringComparison.Ordinal) is var arrow && arrow < 0)
        {
            return null;
        }

        return keys.Reading(format[comma..arrow]) is { } keyReader && accumulators.Reading(format[(arrow + Arrow.Length)..]) is { } accumulatorReader
            ? new Reader(this, keyReader, accumulatorReader)
            : null;
    }

    public override void SetOwnership(KeyOwnership? ownership) => _ownership = (KeyOwnership<TKey>?)ownership;

    /// <summary>
    /// Leaves out the panes that had expired everywhere. Those that had expired for some keys only do not matter to them any more, and leave with
    /// the others.
    /// </summary>
    public override void OnRestored()
    {
        int expired = 0;
        while (expired < panes.Count && hasExpired(panes[expired], watermarks.OfLane))
        {
            expired++;
        }

        panes.RemoveFirst(expired);
        for (int i = 0; i < panes.Count; i++)
        {
            panes[i].Table.ForgetChanges();
        }
    }

    private static int NextChanged(ReadOnlySpan<byte> changed, int from)
    {
        int gap = changed[from..].IndexOfAnyExcept((byte)0);
        return gap < 0 ? changed.Length : from + gap;
    }

    private void Put(EpochContribution epoch, Pane<TKey, TAccumulator> pane, int place)
    {
        ref PaneTable<TKey, TAccumulator>.Entry entry = ref pane.Table.Entries[place];
        _writer.Clear();
        _writer.Write(pane.Start);
        keys.Write(_writer, entry.Key);
        int keyLength = _writer.Length;
        accumulators.Write(_writer, entry.Accumulator);
        ReadOnlySpan<byte> written = _writer.Written;
        epoch.Put(written[..keyLength], written[keyLength..]);
    }

    private sealed class Reader(DurablePanes<TKey, TAccumulator> owner, StateSerializer<TKey> keys, StateSerializer<TAccumulator> accumulators)
        : DurableEntryReader
    {
        protected override void Restore(scoped in EpochEntry entry)
        {
            var keyReader = new StateReader(entry.Key);
            long start = keyReader.Read<long>();
            TKey key = keys.Read(ref keyReader);
            if (owner._ownership is not { } ownership || ownership.Owns(key))
            {
                var valueReader = new StateReader(entry.Value);
                TAccumulator accumulator = accumulators.Read(ref valueReader);
                owner.PaneOf(start).Table.GetOrAdd(key, out _) = accumulator;
            }
        }
    }

    private Pane<TKey, TAccumulator> PaneOf(long start)
    {
        int index = panes.IndexFrom(start);
        return index < panes.Count && panes[index].Start == start ? panes[index] : panes.GetOrAdd(start, lengthOf(start));
    }
}
