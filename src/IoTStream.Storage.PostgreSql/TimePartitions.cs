namespace IoTStream.Storage.PostgreSql;

/// <summary>A table in pieces by time, so that rows can be forgotten a piece at a time.</summary>
/// <remarks>
/// <para>
/// Where the extension TimescaleDB is there, the table is made a hypertable, and the extension makes its chunks and drops them. Else the table is
/// <c>PARTITION BY RANGE</c>, and the sink creates the partitions that rows need, whatever their time, and some ahead of them, and drops those whose rows are all past
/// <see cref="Retention"/>.
/// </para>
/// <para>Immutable and thread-safe.</para>
/// </remarks>
public sealed record TimePartitions
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    /// <summary>Pieces by the time in a column.</summary>
    /// <param name="column">One of the columns that the sink writes; of the type <c>timestamptz</c>, <c>timestamp</c> (taken for UTC) or <c>date</c>.</param>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public TimePartitions(string column)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        Column = column;
    }

    /// <summary>The column.</summary>
    public string Column { get; }

    /// <summary>
    /// How much time a partition or chunk covers. Partitions begin at multiples of it from 1970 on, in UTC. Where it is changed, partitions that are there stay as they are. Default: a day.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than a second, or not whole seconds.</exception>
    public TimeSpan Interval
    {
        get;
        init => field = value >= OneSecond && value.Ticks % OneSecond.Ticks == 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"TimePartitions.Interval is {value}; it must be a second at least, and whole seconds.");
    }
    = TimeSpan.FromDays(1);

    /// <summary>
    /// How old rows become by the clock of the database: a partition is dropped when all that it can hold is older, as the job starts and, while rows are written, every
    /// <see cref="Interval"/> or ten minutes, whichever is less. Rows that are older when they come are written, and go with the next drop. Default: null, rows are kept.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than a second.</exception>
    public TimeSpan? Retention
    {
        get;
        init => field = value is null || value >= OneSecond
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"TimePartitions.Retention is {value}; it must be a second at least, or null to keep rows.");
    }

    /// <summary>How many partitions are created behind the one of the present, before there are rows for them. Default: 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int Ahead
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"TimePartitions.Ahead is {value}; it must be at least 0.");
    }
    = 2;

    /// <summary>
    /// How many partitions the table may have: the job fails rather than create more, lest clocks that are set wrong make one for each day of many centuries. Default: 4,000.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int MaximumPartitions
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"TimePartitions.MaximumPartitions is {value}; it must be at least 1.");
    }
    = 4_000;
}
