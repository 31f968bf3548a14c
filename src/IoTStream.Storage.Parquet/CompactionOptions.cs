namespace IoTStream.Storage.Parquet;

/// <summary>Which files are merged, and how.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record CompactionOptions
{
    /// <summary>Files of fewer bytes are merged, those of a folder into one; others are left as they are. Default: 64 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public long SmallerThan
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"CompactionOptions.SmallerThan is {value}; it must be at least 1.");
    }
    = 64 * 1024 * 1024;

    /// <summary>How many small files a folder has at least before they are merged. Default: 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 2.</exception>
    public int MinimumFiles
    {
        get;
        init => field = value >= 2
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"CompactionOptions.MinimumFiles is {value}; it must be at least 2.");
    }
    = 2;

    /// <summary>The column by which the rows of a merged file are sorted, so that readers can leave out parts of it; null for the order in which they were written. Default: null.</summary>
    public string? OrderBy { get; init; }

    /// <summary>How merged files are compressed. Default: Zstandard.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such compression.</exception>
    public ParquetCompression Compression
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"CompactionOptions.Compression is {(int)value}; there is no such compression.");
    }
    = ParquetCompression.Zstandard;
}
