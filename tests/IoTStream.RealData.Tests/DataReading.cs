using System.Data.Common;

namespace IoTStream.RealData.Tests;

/// <summary>Reads columns of a query as what the library gives.</summary>
internal static class DataReading
{
    /// <summary>The series' local times without a zone are taken for UTC on both sides.</summary>
    public static DateTimeOffset Instant(this DbDataReader row, int column) =>
        new(DateTime.SpecifyKind(row.GetDateTime(column), DateTimeKind.Utc));

    public static double Number(this DbDataReader row, int column) => row.IsDBNull(column) ? double.NaN : row.GetDouble(column);
}
