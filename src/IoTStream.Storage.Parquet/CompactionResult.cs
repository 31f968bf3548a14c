namespace IoTStream.Storage.Parquet;

/// <summary>What a compaction has done.</summary>
/// <param name="Folders">How many folders had files merged.</param>
/// <param name="FilesMerged">How many files were merged, each folder's into one.</param>
public sealed record CompactionResult(int Folders, int FilesMerged);
