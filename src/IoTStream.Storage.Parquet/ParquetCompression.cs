namespace IoTStream.Storage.Parquet;

/// <summary>How the pages of a file are compressed.</summary>
public enum ParquetCompression
{
    /// <summary>Snappy: fast, and read by every program.</summary>
    Snappy,

    /// <summary>Zstandard: smaller files for more work; read by nearly every program.</summary>
    Zstandard,

    /// <summary>Not at all.</summary>
    None,
}
