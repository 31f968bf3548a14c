namespace IoTStream.Storage.Parquet;

/// <summary>The files of one sink's epochs on their way to readers. Not thread-safe.</summary>
internal interface IEpochShelf : IDisposable
{
    /// <summary>The last epoch that was applied; 0 if none.</summary>
    long Last { get; }

    /// <summary>Writes the files of an epoch; returns when they are there for good, whatever happens, and readers see them. Blocks while DuckDB works.</summary>
    Task WriteAsync(long epoch, IReadOnlyList<FolderRows> folders, ParquetFileWriter files, CancellationToken cancellationToken);
}
