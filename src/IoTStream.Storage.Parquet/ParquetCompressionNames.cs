namespace IoTStream.Storage.Parquet;

/// <summary>What DuckDB calls the compressions.</summary>
internal static class ParquetCompressionNames
{
    public static string ToSql(this ParquetCompression compression) => compression switch
    {
        ParquetCompression.Snappy => "snappy",
        ParquetCompression.Zstandard => "zstd",
        ParquetCompression.None => "uncompressed",
        _ => throw new ArgumentOutOfRangeException(nameof(compression), compression, "There is no such compression."),
    };
}
