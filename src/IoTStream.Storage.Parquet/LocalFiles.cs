namespace IoTStream.Storage.Parquet;

/// <summary>Files that DuckDB can open, and the folder that they were copied to, which goes with them.</summary>
/// <param name="paths">The files.</param>
/// <param name="copies">The folder; null if they are where they have always been.</param>
internal sealed class LocalFiles(IReadOnlyList<string> paths, DirectoryInfo? copies = null) : IDisposable
{
    public IReadOnlyList<string> Paths => paths;

    public void Dispose() => copies?.Delete(recursive: true);
}
