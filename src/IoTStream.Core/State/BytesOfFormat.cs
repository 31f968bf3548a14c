namespace IoTStream.State;

/// <summary>Finds the bytes of a value of which only the format is known.</summary>
internal static class BytesOfFormat
{
    private const string Json = "json ";

    /// <summary>Whether it is a format of the library's that tells how many bytes a value has, or one of a codec as it is stored.</summary>
    public static bool IsOfLibrary(string format) =>
        IsCodec(format) || format.StartsWith(Json, StringComparison.Ordinal) || SizeOf(format) is not null;

    /// <summary>Reads the bytes of a value.</summary>
    /// <returns>False if there was no value.</returns>
    public static bool TryRead(ref StateReader reader, string format, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (SizeOf(format) is { } size)
        {
            bytes = reader.ReadExactly(size);
            return true;
        }

        if (IsCodec(format) && !reader.Read<bool>())
        {
            return false;
        }

        bytes = reader.ReadBlock();
        return true;
    }

    private static bool IsCodec(string format) => format.StartsWith(CodecSerializer<int>.Word, StringComparison.Ordinal);

    private static int? SizeOf(string format) => LeafType.TryFind(format, out LeafType? leaf) ? leaf.Size : MemoryLayout.Parse(format)?.Size;
}
