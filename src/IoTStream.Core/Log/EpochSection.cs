using System.Runtime.CompilerServices;

namespace IoTStream.Log;

/// <summary>A section of an epoch that was read.</summary>
internal readonly ref struct EpochSection(SectionHeader header, ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public SectionKind Kind => header.Kind;

    public int Table => header.Table;

    public int KeyGroup => header.KeyGroup;

    public int Count => header.Count;

    public int Length => _bytes.Length;

    /// <summary>Goes through the entries: <c>foreach</c> works on a section.</summary>
    public Enumerator GetEnumerator() => new(_bytes);

    internal ref struct Enumerator(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;
        private ReadOnlySpan<byte> _key;
        private ReadOnlySpan<byte> _value;
        private bool _isDelete;

        public readonly EpochEntry Current => new(_key, _value, _isDelete);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            ReadOnlySpan<byte> rest = _rest;
            int at = 2;
            int keyLength;
            int valueLength;
            if (rest.Length >= 2 && (rest[0] | rest[1]) < 0x80)
            {
                keyLength = rest[0];
                valueLength = rest[1];
            }
            else if (rest.IsEmpty)
            {
                return false;
            }
            else
            {
                at = 0;
                keyLength = (int)Log.Length.Read(rest, ref at);
                valueLength = (int)Log.Length.Read(rest, ref at);
            }

            _isDelete = valueLength == 0;
            valueLength -= _isDelete ? 0 : 1;
            _key = rest.Slice(at, keyLength);
            _value = rest.Slice(at + keyLength, valueLength);
            _rest = rest[(at + keyLength + valueLength)..];
            return true;
        }
    }
}
