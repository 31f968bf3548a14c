using System.Globalization;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Creates the partitions that rows need, and drops those that have become too old. Several may do so with the same table.</summary>
/// <param name="table">The table.</param>
/// <param name="timeType">The type of the column with the time.</param>
/// <param name="options">What is wanted.</param>
/// <param name="metrics">Counts them.</param>
/// <param name="timeProvider">Says when to look after them again.</param>
internal sealed class PartitionKeeper(Table table, string timeType, TimePartitions options, PartitionMetrics metrics, TimeProvider timeProvider)
{
    private const double FirstYear = -62_135_596_800;
    private const double LastYear = 253_402_300_799;
    private const double SecondsPerDay = 86_400;

    // Any number that no other program is likely to lock.
    private const int LockClass = 0x496F_5450;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(500);

    private readonly double _interval = options.Interval.TotalSeconds;
    private readonly TimeSpan _pause = options.Interval < LongestPause ? options.Interval : LongestPause;
    private readonly bool _isDate = timeType == "date";
    private readonly string _time = SqlName.Of(options.Column);
    private long _lookedAfter = timeProvider.GetTimestamp();

    /// <summary>Lets nobody else create or drop partitions of the table until the transaction ends.</summary>
    /// <remarks>Creating and dropping wait for everybody who reads or writes the table, and whoever comes then waits too: not for long.</remarks>
    private string Lock => string.Create(CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = '{LockTimeout.TotalMilliseconds}ms'; SELECT pg_advisory_xact_lock({LockClass}, {SqlName.Literal(table.Name)}::regclass::oid::int4)");

    /// <summary>Whether it was a row without a partition that the database did not take.</summary>
    public static bool IsMissing(PostgresException exception) => exception.SqlState == PostgresErrorCodes.CheckViolation && exception.ConstraintName is null;

    /// <summary>Creates the partitions that rows need.</summary>
    /// <exception cref="InvalidOperationException">There would be too many.</exception>
    public async Task MakeRoomAsync(IReadOnlyList<RowPart> parts, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await table.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            Dictionary<double, long> rows = await CountAsync(connection, parts, cancellationToken).ConfigureAwait(false);
            double before = await ReadNowAsync(connection, cancellationToken).ConfigureAwait(false) - (options.Retention?.TotalSeconds ?? double.PositiveInfinity);
            while (!await TryCreateAsync(connection, rows.Keys, cancellationToken).ConfigureAwait(false))
            {
                // Whoever came meanwhile reads and writes first.
                await Task.Delay(LockTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
            }

            metrics.Expired(rows.Where(piece => (piece.Key + 1) * _interval <= before).Sum(static piece => piece.Value));
        }
    }

    /// <summary>Does what is to be done ahead and after, if it is time.</summary>
    public async Task LookAfterWhenDueAsync(CancellationToken cancellationToken)
    {
        if (timeProvider.GetElapsedTime(_lookedAfter) >= _pause)
        {
            await LookAfterAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Creates partitions ahead, and drops those that are past retention.</summary>
    public async Task LookAfterAsync(CancellationToken cancellationToken)
    {
        _lookedAfter = timeProvider.GetTimestamp();
        NpgsqlConnection connection = await table.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            double now = await ReadNowAsync(connection, cancellationToken).ConfigureAwait(false);
            double present = Math.Floor(now / _interval);
            await TryCreateAsync(connection, [.. Enumerable.Range(0, options.Ahead + 1).Select(ahead => present + ahead)], cancellationToken).ConfigureAwait(false);
            if (options.Retention is { } retention)
            {
                while (await DropAsync(connection, now - retention.TotalSeconds, cancellationToken).ConfigureAwait(false))
                {
                }
            }
        }
    }

    private static async Task<double> ReadNowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("SELECT extract(epoch FROM now())::float8", connection);
        await using (command.ConfigureAwait(false))
        {
            return (double)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    /// <summary>How many rows there are for each partition, these counted from 1970 on.</summary>
    private async Task<Dictionary<double, long>> CountAsync(NpgsqlConnection connection, IReadOnlyList<RowPart> parts, CancellationToken cancellationToken)
    {
        Dictionary<double, long> rows = [];

        // A transaction of its own: it may lock the table for reading, and whoever creates partitions waits for that.
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            foreach (RowPart part in parts.Where(part => part.Columns.Names.Contains(options.Column, StringComparer.Ordinal)))
            {
                await table.StageAsync(connection, part, cancellationToken).ConfigureAwait(false);
                await AddCountsAsync(connection, rows, cancellationToken).ConfigureAwait(false);
                await connection.ExecuteAsync($"DROP TABLE {Table.Staged}", cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        return rows;
    }

    private async Task AddCountsAsync(NpgsqlConnection connection, Dictionary<double, long> rows, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(
            string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT floor(extract(epoch FROM {_time})::float8 / {_interval}), count(*) FROM {Table.Staged} WHERE {_time} IS NOT NULL GROUP BY 1"),
            connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    double number = reader.GetDouble(0);
                    rows[number] = rows.GetValueOrDefault(number) + reader.GetInt64(1);
                }
            }
        }
    }

    /// <summary>Creates what is missing of the partitions with these numbers, counted from 1970 on.</summary>
    /// <returns>False if somebody reads or writes the table for long.</returns>
    private async Task<bool> TryCreateAsync(NpgsqlConnection connection, IReadOnlyCollection<double> numbers, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            try
            {
                await CreateAsync(connection, numbers, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (PostgresException exception) when (IsBusy(exception))
            {
                metrics.PutOff();
                return false;
            }
        }
    }

    /// <summary>Creates what is missing of the partitions with these numbers, counted from 1970 on.</summary>
    private async Task CreateAsync(NpgsqlConnection connection, IReadOnlyCollection<double> numbers, CancellationToken cancellationToken)
    {
        if (numbers.Any(number => number * _interval is not (>= FirstYear and <= LastYear)))
        {
            throw new InvalidOperationException(
                $"A row for the table {table.Name} has a time before the year 1 or after 9999, for which there are no partitions: keep such records from the sink, as with a quality rule.");
        }

        await connection.ExecuteAsync(Lock, cancellationToken).ConfigureAwait(false);
        List<Partition> there = await PartitionList.ReadAsync(connection, table.Name, timeType, cancellationToken).ConfigureAwait(false);
        TimeRange[] missing =
        [
            .. numbers.Order().SelectMany(number => new TimeRange(number * _interval, (number + 1) * _interval).Except(there.Select(static partition => partition.Range))),
        ];
        if (missing.Length == 0)
        {
            return;
        }

        if (there.Count + missing.Length > options.MaximumPartitions)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The table {table.Name} has {there.Count} partitions, and rows of {TimeOf(missing[0].From):O} to {TimeOf(missing[^1].From):O} need {missing.Length} more: more than TimePartitions.MaximumPartitions, {options.MaximumPartitions}. Make it or TimePartitions.Interval larger, or keep records with such times from the sink, as with a quality rule."));
        }

        foreach (TimeRange range in missing)
        {
            // Attaching one that was created by itself would lock nobody out. But a reader who has planned a query by then and executes it later would see of an epoch the rows of
            // those partitions only that were there before.
            await connection.ExecuteAsync(
                $"CREATE TABLE {NameOf(range)} PARTITION OF {table.Name} FOR VALUES FROM ({Bound(range.From)}) TO ({Bound(range.To)})", cancellationToken).ConfigureAwait(false);
        }

        metrics.Created(missing.Length);
    }

    /// <summary>Drops the partition that ends first, if all that it can hold is older.</summary>
    private async Task<bool> DropAsync(NpgsqlConnection connection, double before, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            try
            {
                await connection.ExecuteAsync(Lock, cancellationToken).ConfigureAwait(false);
                List<Partition> there = await PartitionList.ReadAsync(connection, table.Name, timeType, cancellationToken).ConfigureAwait(false);
                if (there.MinBy(static partition => partition.Range.To) is not { } oldest || oldest.Range.To > before)
                {
                    return false;
                }

                await connection.ExecuteAsync($"DROP TABLE {oldest.Name}", cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                metrics.Dropped();
                return true;
            }
            catch (PostgresException exception) when (IsBusy(exception))
            {
                metrics.PutOff();
                return false;
            }
        }
    }

    private string NameOf(TimeRange range)
    {
        bool isDays = range.From % SecondsPerDay == 0 && _interval % SecondsPerDay == 0;
        return $"{table.Name[..^1]}_{TimeOf(range.From).ToString(isDays ? "yyyyMMdd" : "yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}\"";
    }

    private string Bound(double seconds)
    {
        string bound = string.Create(CultureInfo.InvariantCulture, $"to_timestamp({seconds})");
        return timeType == "timestamp with time zone" ? bound : $"({bound} AT TIME ZONE 'UTC'){(_isDate ? "::date" : "")}";
    }

    private static bool IsBusy(PostgresException exception) => exception.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected;

    private static DateTimeOffset TimeOf(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
}
