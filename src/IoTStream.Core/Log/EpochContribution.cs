using System.Diagnostics;

namespace IoTStream.Log;

/// <summary>
/// What one lane, or the coordinator, contributes to an epoch: sections of entries. Its memory is kept from one epoch to the next. Not thread-safe; each
/// lane has its own.
/// </summary>
internal sealed class EpochContribution
{
    // A lane whose epochs were larger for a while gives the rest back.
    private const long KeptMemory = 64 * 1024 * 1024;

    private Memory<byte> _header;
    private SectionHeader _section;
    private long _start;
    private bool _isOpen;

    /// <summary>How many bytes it has so far.</summary>
    public long Size => Sections.Length;

    internal ByteChunks Sections { get; } = new();

    /// <summary>Begins a section; the one before ends.</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="table">The number of the table, source or sink.</param>
    /// <param name="keyGroup">The key group of state entries, else 0.</param>
    public void Begin(SectionKind kind, int table, int keyGroup = 0)
    {
        End();
        _header = Sections.GetMemory(SectionHeader.Size)[..SectionHeader.Size];
        Sections.Advance(SectionHeader.Size);
        _section = new SectionHeader(kind, table, keyGroup, Count: 0, Length: 0);
        _start = Sections.Length;
        _isOpen = true;
    }

    /// <summary>Adds an entry whose bytes the caller writes.</summary>
    /// <returns>Room for just the key and, behind it, the value.</returns>
    public Span<byte> Put(int keyLength, int valueLength)
    {
        Debug.Assert(_isOpen, "An entry belongs to a section.");
        Span<byte> room = Sections.GetSpan((2 * Length.MaxSize) + keyLength + valueLength);
        int at = Length.Write(room, (uint)keyLength);
        at += Length.Write(room[at..], (uint)valueLength + 1);
        Sections.Advance(at + keyLength + valueLength);
        _section = _section with { Count = _section.Count + 1 };
        return room.Slice(at, keyLength + valueLength);
    }

    /// <summary>Adds an entry: the key has the value from now on. Outbox entries may have an empty key.</summary>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Span<byte> room = Put(key.Length, value.Length);
        key.CopyTo(room);
        value.CopyTo(room[key.Length..]);
    }

    /// <summary>Adds an entry: the key has no value any more.</summary>
    public void Delete(ReadOnlySpan<byte> key)
    {
        Debug.Assert(_isOpen, "An entry belongs to a section.");
        Span<byte> room = Sections.GetSpan((2 * Length.MaxSize) + key.Length);
        int at = Length.Write(room, (uint)key.Length);
        room[at++] = 0;
        key.CopyTo(room[at..]);
        Sections.Advance(at + key.Length);
        _section = _section with { Count = _section.Count + 1 };
    }

    /// <summary>Ends the last section; an empty one is kept only as its header.</summary>
    public void End()
    {
        if (_isOpen)
        {
            (_section with { Length = checked((int)(Sections.Length - _start)) }).WriteTo(_header.Span);
            _isOpen = false;
        }
    }

    /// <summary>Forgets everything, to begin with the next epoch.</summary>
    public void Clear()
    {
        Sections.Clear(KeptMemory);
        _isOpen = false;
    }
}
