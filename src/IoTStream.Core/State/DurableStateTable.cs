using System.Runtime.CompilerServices;
using IoTStream.Log;

namespace IoTStream.State;

/// <summary>A <see cref="StateTable{TKey, TState}"/> that the epoch log has too.</summary>
internal sealed class DurableStateTable<TKey, TState> : DurableTable
    where TKey : notnull
{
    private const string Arrow = " => ";

    private readonly StateTable<TKey, TState> _table;
    private readonly StateSerializer<TKey> _keys;
    private readonly EntryValues _values;
    private readonly Func<KeyOwnership, Func<TKey, bool>> _ownership;
    private readonly StateWriter _writer = new();
    private Func<TKey, bool>? _owns;
    private int _cursor;

    /// <param name="name">The name.</param>
    /// <param name="table">The table. Those who change an entry mark it.</param>
    /// <param name="keys">What keys are as bytes.</param>
    /// <param name="values">What values are as bytes.</param>
    /// <param name="ownership">Which keys of the table are a lane's; by default they are the keys of the records.</param>
    public DurableStateTable(
        string name,
        StateTable<TKey, TState> table,
        StateSerializer<TKey> keys,
        EntryValues values,
        Func<KeyOwnership, Func<TKey, bool>>? ownership = null)
        : base(name)
    {
        _table = table;
        _keys = keys;
        _values = values;
        _ownership = ownership ?? (static keys => ((KeyOwnership<TKey>)keys).Owns);
        table.NoteRemoved();
    }

    /// <summary>Whether it is this lane that writes the table, if others have the same.</summary>
    public bool IsWritten { get; init; } = true;

    public override string Format => _keys.Format + Arrow + _values.Format;

    public override void WriteChanges(EpochContribution epoch)
    {
        if (!IsWritten)
        {
            _table.ForgetChanges();
            return;
        }

        foreach (TKey key in _table.Removed!)
        {
            _writer.Clear();
            _keys.Write(_writer, key);
            epoch.Delete(_writer.Written);
        }

        Span<byte> changed = _table.Changed;
        int place = 0;
        while (place < changed.Length)
        {
            int gap = changed[place..].IndexOfAnyExcept((byte)0);
            if (gap < 0)
            {
                break;
            }

            place += gap;
            for (; place < changed.Length && changed[place] != 0; place++)
            {
                if (_table.IsAt(place))
                {
                    Put(epoch, place);
                }
            }
        }

        _table.ForgetChanges();
    }

    public override void BeginTurn() => _cursor = 0;

    public override bool WriteShare(EpochContribution epoch, long bytes)
    {
        if (!IsWritten)
        {
            return true;
        }

        long end = epoch.Size + bytes;
        ReadOnlySpan<byte> changed = _table.Changed;
        for (; _cursor < changed.Length && epoch.Size < end; _cursor++)
        {
            if (changed[_cursor] == 0 && _table.IsAt(_cursor))
            {
                Put(epoch, _cursor);
            }
        }

        return _cursor >= changed.Length;
    }

    public override DurableEntryReader? Reading(string format)
    {
        int arrow = format.IndexOf(Arrow, StringComparison.Ordinal);
        return arrow >= 0 && _keys.Reading(format[..arrow]) is { } keys && _values.Reading(format[(arrow + Arrow.Length)..]) is { } values
            ? new Reader(this, keys, values)
            : null;
    }

    public override void SetOwnership(KeyOwnership? ownership) => _owns = ownership is null ? null : _ownership(ownership);

    public override void OnRestored()
    {
        _values.OnRestored();
        _table.ForgetChanges();
    }

    private void Put(EpochContribution epoch, int place)
    {
        _writer.Clear();
        _keys.Write(_writer, _table.KeyAt(place));
        int keyLength = _writer.Length;
        _values.Write(_writer, place);
        ReadOnlySpan<byte> entry = _writer.Written;
        epoch.Put(entry[..keyLength], entry[keyLength..]);
    }

    private sealed class Reader(DurableStateTable<TKey, TState> owner, StateSerializer<TKey> keys, EntryValues values) : DurableEntryReader
    {
        // Where a key is to be found is out of the caches in a large table: the slots of so many keys are fetched before the first is looked up.
        private const int BlockSize = 32;

        private readonly TKey[] _block = new TKey[BlockSize];

        public override void Expect(int entries)
        {
            owner._table.Reserve(entries);
            values.Expect(entries);
        }

        public override void Restore(scoped in EpochSection section)
        {
            EpochSection.Enumerator coming = section.GetEnumerator();
            EpochSection.Enumerator entries = section.GetEnumerator();
            while (RestoreBlock(ref coming, ref entries))
            {
            }

            Array.Clear(_block);
        }

        protected override void Restore(scoped in EpochEntry entry)
        {
            ReadKey(entry, 0);
            Restore(_block[0], entry);
        }

        /// <summary>A method of its own, so that it is soon compiled for good in a process that has just started.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private bool RestoreBlock(scoped ref EpochSection.Enumerator coming, scoped ref EpochSection.Enumerator entries)
        {
            int count = 0;
            while (count < BlockSize && coming.MoveNext())
            {
                ReadKey(coming.Current, count++);
            }

            for (int i = 0; i < count; i++)
            {
                entries.MoveNext();
                Restore(_block[i], entries.Current);
            }

            return count == BlockSize;
        }

        private void ReadKey(scoped in EpochEntry entry, int index)
        {
            var reader = new StateReader(entry.Key);
            TKey key = keys.Read(ref reader);
            owner._table.Prefetch(key);
            _block[index] = key;
        }

        private void Restore(TKey key, scoped in EpochEntry entry)
        {
            if (owner._owns is { } owns && !owns(key))
            {
                return;
            }

            if (!entry.IsDelete)
            {
                int place = owner._table.GetOrAddPlace(key, out _);
                var valueReader = new StateReader(entry.Value);
                values.Read(ref valueReader, place);
            }
            else if (owner._table.PlaceOf(key) is var removed && removed >= 0)
            {
                values.Remove(removed);
                owner._table.RemoveAt(removed);
            }
        }
    }
}
