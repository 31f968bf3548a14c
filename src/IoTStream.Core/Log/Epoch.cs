using System.Buffers.Binary;
using System.Text;

namespace IoTStream.Log;

/// <summary>An epoch that was read; valid until the next one is.</summary>
internal readonly ref struct Epoch
{
    private readonly ReadOnlySpan<byte> _sections;

    /// <summary>Reads the parts that come before the sections.</summary>
    /// <exception cref="InvalidDataException">The payload is not that of an epoch, or not of this frame.</exception>
    public Epoch(long sequence, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < EpochHeader.Size + (2 * sizeof(int)))
        {
            throw new InvalidDataException("It is too short for an epoch.");
        }

        Header = EpochHeader.Read(payload);
        if (Header.Epoch != sequence)
        {
            throw new InvalidDataException($"The frame with the sequence number {sequence} holds the epoch {Header.Epoch}.");
        }

        int tables = BinaryPrimitives.ReadInt32LittleEndian(payload[EpochHeader.Size..]);
        int description = BinaryPrimitives.ReadInt32LittleEndian(payload[(EpochHeader.Size + sizeof(int))..]);
        ReadOnlySpan<byte> rest = payload[(EpochHeader.Size + (2 * sizeof(int)))..];
        Tables = rest[..tables];
        Description = rest.Slice(tables, description);
        _sections = rest[(tables + description)..];
    }

    public EpochHeader Header { get; }

    /// <summary>What the job says about itself: its topology and the like, in its own words.</summary>
    public ReadOnlySpan<byte> Description { get; }

    /// <summary>The bytes of the names of tables, sources and sinks; the same bytes mean the same names.</summary>
    public ReadOnlySpan<byte> Tables { get; }

    /// <summary>Reads the names of tables, sources and sinks.</summary>
    public List<EpochTable> ReadTables()
    {
        var tables = new List<EpochTable>();
        int at = 0;
        while (at < Tables.Length)
        {
            int number = (int)Length.Read(Tables, ref at);
            tables.Add(new EpochTable(
                number, Encoding.UTF8.GetString(Bytes.Read(Tables, ref at)), Encoding.UTF8.GetString(Bytes.Read(Tables, ref at))));
        }

        return tables;
    }

    /// <summary>Goes through the sections: <c>foreach</c> works on an epoch.</summary>
    public Enumerator GetEnumerator() => new(_sections);

    internal ref struct Enumerator(ReadOnlySpan<byte> sections)
    {
        private ReadOnlySpan<byte> _rest = sections;

        public EpochSection Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            SectionHeader header = SectionHeader.Read(_rest);
            Current = new EpochSection(header, _rest.Slice(SectionHeader.Size, header.Length));
            _rest = _rest[(SectionHeader.Size + header.Length)..];
            return true;
        }
    }
}
