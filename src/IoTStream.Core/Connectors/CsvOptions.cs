namespace IoTStream.Connectors;

/// <summary>How CSV files are laid out.</summary>
public sealed record CsvOptions
{
    /// <summary>What stands between fields: an ASCII character that is no quote and no line break. Default: a comma.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is another character.</exception>
    public char Separator
    {
        get;
        init => field = char.IsAscii(value) && value is not ('"' or '\r' or '\n' or '\0')
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value), $"CsvOptions.Separator is '{value}'; it must be an ASCII character that is no quote and no line break, such as , ; | or a tab.");
    }
    = ',';

    /// <summary>Whether the first row names the columns. Default: true. Without it columns are known by their index only.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>
    /// The longest row in bytes when reading; a longer one becomes a dead letter that holds this much of its beginning. It also limits
    /// what a quote that is never closed can take with it. Default: 64 KiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int MaxRowLength
    {
        get;
        init => field = OptionCheck.AtLeastOne(value, "CsvOptions.MaxRowLength");
    }
    = 64 * 1024;

    /// <summary>How much is read from a file at a time, in bytes.</summary>
    internal int ChunkSize { get; init; } = TextFileSource<object>.DefaultChunkSize;
}
