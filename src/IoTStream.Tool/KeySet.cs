using IoTStream.Log;

namespace IoTStream.Tool;

/// <summary>Counts the keys of a table, by what happens to them.</summary>
internal sealed class KeySet
{
    private readonly ByteChunks _bytes = new();
    private readonly HashSet<ReadOnlyMemory<byte>> _keys = new(new Comparer());
    private readonly HashSet<ReadOnlyMemory<byte>>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public KeySet() => _lookup = _keys.GetAlternateLookup<ReadOnlySpan<byte>>();

    public int Count => _keys.Count;

    public void Apply(EpochEntry entry)
    {
        if (entry.IsDelete)
        {
            _lookup.Remove(entry.Key);
        }
        else if (!_lookup.Contains(entry.Key))
        {
            Memory<byte> room = _bytes.GetMemory(entry.Key.Length)[..entry.Key.Length];
            entry.Key.CopyTo(room.Span);
            _bytes.Advance(entry.Key.Length);
            _keys.Add(room);
        }
    }

    private sealed class Comparer : IEqualityComparer<ReadOnlyMemory<byte>>, IAlternateEqualityComparer<ReadOnlySpan<byte>, ReadOnlyMemory<byte>>
    {
        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> obj) => (int)Crc32C.Of(obj.Span);

        public bool Equals(ReadOnlySpan<byte> alternate, ReadOnlyMemory<byte> other) => alternate.SequenceEqual(other.Span);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)Crc32C.Of(alternate);

        public ReadOnlyMemory<byte> Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
