namespace IoTStream.Connectors;

/// <summary>How JSON-lines files are read.</summary>
public sealed record JsonLinesOptions
{
    /// <summary>The longest line in bytes; a longer one becomes a dead letter that holds this much of its beginning. Default: 1 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int MaxLineLength
    {
        get;
        init => field = OptionCheck.AtLeastOne(value, "JsonLinesOptions.MaxLineLength");
    }
    = 1024 * 1024;

    /// <summary>How much is read from a file at a time, in bytes.</summary>
    internal int ChunkSize { get; init; } = TextFileSource<object>.DefaultChunkSize;
}
