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
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;

        public EpochEntry Current { get; private set; }

        public bool MoveNext()
        {
            if (_at == _bytes.Length)
            {
                return false;
            }

            int keyLength = (int)Log.Length.Read(_bytes, ref _at);
            int valueLength = (int)Log.Length.Read(_bytes, ref _at) - 1;
            ReadOnlySpan<byte> key = _bytes.Slice(_at, keyLength);
            _at += keyLength;
            bool isDelete = valueLength < 0;
            ReadOnlySpan<byte> value = isDelete ? default : _bytes.Slice(_at, valueLength);
            _at += value.Length;
            Current = new EpochEntry(key, value, isDelete);
            return true;
        }
    }
}
