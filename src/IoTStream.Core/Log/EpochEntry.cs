namespace IoTStream.Log;

/// <summary>An entry of a section.</summary>
internal readonly ref struct EpochEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isDelete)
{
    public ReadOnlySpan<byte> Key { get; } = key;

    /// <summary>The value; empty if the key has none any more.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;

    public bool IsDelete { get; } = isDelete;
}
