namespace IoTStream.Storage.Parquet;

/// <summary>A table of a lake, wherever its files are kept. Thread-safe.</summary>
internal interface ILakeTable
{
    /// <summary>Opens the shelf of a sink.</summary>
    /// <param name="writer">Who writes.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    Task<IEpochShelf> OpenShelfAsync(LakeWriter writer, CancellationToken cancellationToken);

    /// <summary>The files that count, sorted: of each epoch all or none, and of each compaction those before or those after it.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Has files of the table where DuckDB can open them.</summary>
    Task<LocalFiles> FetchAsync(IReadOnlyList<string> files, CancellationToken cancellationToken);

    /// <summary>Merges small files.</summary>
    Task<CompactionResult> CompactAsync(CompactionOptions options, CancellationToken cancellationToken);
}
