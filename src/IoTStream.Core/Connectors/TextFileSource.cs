namespace IoTStream.Connectors;

/// <summary>Files as the partitions of a source, a reader each.</summary>
internal sealed class TextFileSource<T>(
    string[] paths, int chunkSize, Func<TextFile, ISourceReader<T>> createReader) : ISource<T>
{
    public const int DefaultChunkSize = 64 * 1024;

    private readonly string[] _paths = Validated(paths);

    public Delivery Delivery => Delivery.ExactlyOnce;

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var readers = new List<ISourceReader<T>>();
        var opened = new List<FileReadAhead>();
        try
        {
            foreach (string path in _paths)
            {
                var partition = new SourcePartition(context.Step, readers.Count, path);
                TextFile file = await TextFile.OpenAsync(path, partition, context, chunkSize, cancellationToken).ConfigureAwait(false);
                opened.Add(file.ReadAhead);
                readers.Add(createReader(file));
            }
        }
        catch
        {
            foreach (FileReadAhead file in opened)
            {
                await file.DisposeAsync().ConfigureAwait(false);
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
