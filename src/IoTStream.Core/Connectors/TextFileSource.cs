namespace IoTStream.Connectors;

/// <summary>Files as the partitions of a source, a reader each.</summary>
internal sealed class TextFileSource<T>(
    string[] paths, int chunkSize, Func<FileReadAhead, string, SourcePartition, ISourceReader<T>> createReader) : ISource<T>
{
    public const int DefaultChunkSize = 64 * 1024;

    private readonly string[] _paths = Validated(paths);

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var readers = new List<ISourceReader<T>>();
        try
        {
            foreach (string path in _paths)
            {
                var file = new FileReadAhead(path, chunkSize, context.NotifyAvailable);
                readers.Add(createReader(file, path, new SourcePartition(context.Step, readers.Count, path)));
            }
        }
        catch
        {
            foreach (ISourceReader<T> reader in readers)
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }

        return readers;
    }

    private static string[] Validated(string[] paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Length == 0 || Array.Exists(paths, string.IsNullOrWhiteSpace))
        {
            throw new ArgumentException("Give the path of at least one file, and none that is empty.", nameof(paths));
        }

        return [.. paths];
    }
}
