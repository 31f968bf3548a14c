namespace IoTStream.Storage.PostgreSql;

/// <summary>How rows are written.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record PostgreSqlSinkOptions
{
    /// <summary>
    /// How many bytes of rows are collected before they are written, if the input does not pause before; only without an epoch log. As many more are held while they are written. Default: 4 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int BufferSize
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"PostgreSqlSinkOptions.BufferSize is {value}; it must be at least 1.");
    }
    = 4 * 1024 * 1024;

    /// <summary>
    /// Keeps the rows in pieces by time, and maybe forgets them after a while; then the table is created if it is not there. Default: null, the table is written as it is.
    /// </summary>
    public TimePartitions? Partitions { get; init; }
}
