namespace IoTStream.Connectors;

/// <summary>The first bytes of a file, by which it is known again: how many, and their hash (FNV-1a of 64 bits, http://www.isthe.com/chongo/tech/comp/fnv/).</summary>
internal readonly record struct FileBeginning(int Length, ulong Hash)
{
    private const int MaxLength = 1024;
    private const ulong Prime = 0x100000001B3;

    public static FileBeginning Empty { get; } = new(0, 0xCBF29CE484222325);

    /// <summary>The beginning with the bytes that come next in the file, as far as they matter.</summary>
    public FileBeginning With(ReadOnlySpan<byte> next)
    {
        int count = Math.Min(next.Length, MaxLength - Length);
        ulong hash = Hash;
        for (int i = 0; i < count; i++)
        {
            hash = (hash ^ next[i]) * Prime;
        }

        return new FileBeginning(Length + count, hash);
    }
}
