using System.Runtime.InteropServices;
using IoTStream.Connectors;
using IoTStream.Log;

namespace IoTStream.State;

/// <summary>
/// An <see cref="OrderedBuffer{T}"/> that the epoch log has too: an entry for each record, known by a number, for a record comes once and leaves once. After a
/// restart a record is on the lane of its key, and all get new numbers: they are written once more.
/// </summary>
internal sealed class BufferedRecords<TKey, T> : DurableTable
    where TKey : notnull
{
    private const string Word = "records";

    private readonly OrderedBuffer<T> _buffer;
    private readonly Func<T, RecordContext, TKey> _key;
    private readonly StateSerializer<RecordContext> _contexts;
    private readonly StateSerializer<T> _values;
    private readonly long _life;
    private readonly int _lane;
    private readonly StateWriter _writer = new();
    private readonly Dictionary<Id, (T Value, RecordContext Context)> _restored = [];
    private KeyOwnership? _ownership;

    /// <summary>Which of the numbers have been written, and deleted again: those before these.</summary>
    private long _written;
    private long _deleted;
    private long _writtenStragglers;

    /// <summary>How far the rolling snapshot has come.</summary>
    private long _cursor;
    private long _stragglerCursor;

    /// <param name="name">The name.</param>
    /// <param name="buffer">The buffer.</param>
    /// <param name="key">The key of a record.</param>
    /// <param name="state">What the table is part of.</param>
    public BufferedRecords(string name, OrderedBuffer<T> buffer, Func<T, RecordContext, TKey> key, StepState state)
        : base(name)
    {
        _buffer = buffer;
        _key = key;
        _contexts = state.Serializers.Of<RecordContext>();
        _values = state.Serializers.Of<T>();
        _life = state.EpochBefore;
        _lane = state.Lane;
        Format = FormatParts.Join(Word, _contexts.Format, _values.Format);
        buffer.NoteRemoved();
    }

    public override string Format { get; }

    public override void WriteChanges(EpochContribution epoch)
    {
        foreach (Id id in _restored.Keys)
        {
            epoch.Delete(Bytes(id));
        }

        _restored.Clear();
        for (long number = _deleted; number < Math.Min(_buffer.FirstNumber, _written); number++)
        {
            epoch.Delete(Bytes(InOrder(number)));
        }

        _deleted = _buffer.FirstNumber;
        for (long number = Math.Max(_written, _buffer.FirstNumber); number < _buffer.NextNumber; number++)
        {
            Put(epoch, InOrder(number), _buffer.At(number));
        }

        _written = _buffer.NextNumber;
        foreach (long straggler in _buffer.RemovedStragglers!)
        {
            if (straggler < _writtenStragglers)
            {
                epoch.Delete(Bytes(Straggler(straggler)));
            }
        }

        _buffer.RemovedStragglers.Clear();
        foreach ((long number, T value, RecordContext context) in _buffer.StragglersFrom(_writtenStragglers))
        {
            Put(epoch, Straggler(number), (value, context));
        }

        _writtenStragglers = _buffer.NextStraggler;
    }

    public override void BeginTurn() => (_cursor, _stragglerCursor) = (0, 0);

    public override bool WriteShare(EpochContribution epoch, long bytes)
    {
        long end = epoch.Size + bytes;
        for (_cursor = Math.Max(_cursor, _buffer.FirstNumber); _cursor < _written; _cursor++)
        {
            if (epoch.Size >= end)
            {
                return false;
            }

            Put(epoch, InOrder(_cursor), _buffer.At(_cursor));
        }

        foreach ((long number, T value, RecordContext context) in _buffer.StragglersFrom(_stragglerCursor).OrderBy(static straggler => straggler.Number))
        {
            if (number >= _writtenStragglers)
            {
                break;
            }

            if (epoch.Size >= end)
            {
                return false;
            }

            Put(epoch, Straggler(number), (value, context));
            _stragglerCursor = number + 1;
        }

        return true;
    }

    public override DurableEntryReader? Reading(string format) =>
        FormatParts.Split(format, Word, 2) is { } parts && _contexts.Reading(parts[0]) is { } contexts && _values.Reading(parts[1]) is { } values
            ? new Reader(this, contexts, values)
            : null;

    public override void SetOwnership(KeyOwnership? ownership) => _ownership = ownership;

    /// <summary>What came later of two records of a time and a lane stays behind the other; those of different lanes have no order.</summary>
    public override void OnRestored()
    {
        foreach ((_, (T value, RecordContext context)) in _restored
            .OrderBy(static entry => entry.Value.Context.TimestampTicks)
            .ThenBy(static entry => (entry.Key.Life, entry.Key.Lane, entry.Key.IsStraggler, entry.Key.Number)))
        {
            _buffer.Add(in value, context);
        }
    }

    private Id InOrder(long number) => new(_life, number, _lane, IsStraggler: false);

    private Id Straggler(long number) => new(_life, number, _lane, IsStraggler: true);

    private ReadOnlySpan<byte> Bytes(Id id)
    {
        _writer.Clear();
        Write(id);
        return _writer.Written;
    }

    private void Write(Id id)
    {
        _writer.Write(id.Life);
        _writer.Write(id.Number);
        _writer.WriteCount(id.Lane);
        _writer.Write(id.IsStraggler);
    }

    private void Put(EpochContribution epoch, Id id, (T Value, RecordContext Context) record)
    {
        _writer.Clear();
        Write(id);
        int keyLength = _writer.Length;
        _contexts.Write(_writer, record.Context);
        _values.Write(_writer, record.Value);
        epoch.Put(_writer.Written[..keyLength], _writer.Written[keyLength..]);
    }

    /// <summary>A record for which no key can be found is on the lane of the first key group: what its failure comes to, it comes to once.</summary>
    private bool IsOwn(T value, RecordContext context)
    {
        if (_ownership is not KeyOwnership<TKey> owner)
        {
            return true;
        }

        TKey? key;
        try
        {
            key = _key(value, context);
        }
        catch (Exception)
        {
            return owner.OwnsGroup(0);
        }

        return key is null ? owner.OwnsGroup(0) : owner.Owns(key);
    }

    /// <summary>What a record is known by.</summary>
    /// <param name="Life">The last epoch before the life in which it was given its number.</param>
    /// <param name="Number">Its number.</param>
    /// <param name="Lane">The lane that gave it.</param>
    /// <param name="IsStraggler">Whether it came out of order: those have numbers of their own.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Id(long Life, long Number, int Lane, bool IsStraggler);

    private sealed class Reader(BufferedRecords<TKey, T> owner, StateSerializer<RecordContext> contexts, StateSerializer<T> values) : DurableEntryReader
    {
        protected override void Restore(scoped in EpochEntry entry)
        {
            var key = new StateReader(entry.Key);
            var id = new Id(key.Read<long>(), key.Read<long>(), key.ReadCount(), key.Read<bool>());
            if (entry.IsDelete)
            {
                owner._restored.Remove(id);
                return;
            }

            var reader = new StateReader(entry.Value);
            RecordContext context = contexts.Read(ref reader);
            T value = values.Read(ref reader);
            if (owner.IsOwn(value, context))
            {
                owner._restored[id] = (value, context);
            }
        }
    }
}
