namespace IoTStream.Storage.Parquet;

/// <summary>How files are written.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record ParquetSinkOptions
{
    /// <summary>How files are compressed. Default: Snappy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such compression.</exception>
    public ParquetCompression Compression
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"ParquetSinkOptions.Compression is {(int)value}; there is no such compression.");
    }

    /// <summary>
    /// How many bytes of rows, as they are before compression, are collected before files are written, if the input does not pause before; only without an epoch log. Default: 16 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int BufferSize
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"ParquetSinkOptions.BufferSize is {value}; it must be at least 1.");
    }
    = 16 * 1024 * 1024;
}
