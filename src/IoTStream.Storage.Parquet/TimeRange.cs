using System.Globalization;

namespace IoTStream.Storage.Parquet;

/// <summary>The times of a column that are read.</summary>
/// <param name="Column">The name of the column.</param>
/// <param name="From">The first; null for all.</param>
/// <param name="To">The first that is not read any more; null for all.</param>
internal sealed record TimeRange(string Column, DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>The condition in SQL.</summary>
    public string Condition
    {
        get
        {
            string column = SqlText.Name(Column);
            string from = From is { } first ? $"{column} >= {Literal(first)}" : "true";
            return To is { } end ? $"{from} AND {column} < {Literal(end)}" : from;
        }
    }

    /// <summary>Whether a day, as folders have it, may have such times.</summary>
    public bool MayHave(string day) =>
        !DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
        || ((From is not { } from || date >= DateOnly.FromDateTime(from.UtcDateTime)) && (To is not { } to || date <= DateOnly.FromDateTime(to.UtcDateTime)));

    private static string Literal(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"TIMESTAMPTZ '{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}+00'");
}
