using System.Diagnostics;

namespace IoTStream.Storage.Parquet;

/// <summary>A table in object storage.</summary>
internal sealed class S3Table(S3Options options, S3Keys keys) : ILakeTable
{
    // Requests wait for the network, and not for a processor.
    private const int MostRequests = 8;

    private readonly string _address = $"s3://{options.Bucket}/";

    public async Task<IEpochShelf> OpenShelfAsync(LakeWriter writer, CancellationToken cancellationToken)
    {
        var bucket = new S3Bucket(options, writer.Context.TimeProvider, new TagList { { "topology", writer.Context.Topology }, { "step", writer.Context.Step } });
        try
        {
            return await S3Shelf.OpenAsync(bucket, keys, writer, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            bucket.Dispose();
            throw;
        }
    }

    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        using S3Bucket bucket = Open();
        S3Snapshot snapshot = await S3Snapshot.TakeAsync(bucket, keys, cancellationToken).ConfigureAwait(false);
        return [.. snapshot.Files.Select(file => _address + file.Key)];
    }

    public async Task<LocalFiles> FetchAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        using S3Bucket bucket = Open();
        DirectoryInfo copies = Directory.CreateTempSubdirectory("iotstream-lake-");
        var local = new LocalFiles([.. files.Select(file => PathOf(copies, file[(_address.Length + keys.Data.Length)..]))], copies);
        try
        {
            await ForEachAsync(
                files.Zip(local.Paths),
                (file, token) => bucket.DownloadAsync(file.First[_address.Length..], file.Second, token),
                cancellationToken).ConfigureAwait(false);
            return local;
        }
        catch
        {
            local.Dispose();
            throw;
        }
    }

    public async Task<CompactionResult> CompactAsync(CompactionOptions compaction, CancellationToken cancellationToken)
    {
        using S3Bucket bucket = Open();
        return await Task.Run(() => new S3Compaction(bucket, keys, compaction).RunAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does something with each of many, a few at a time; items are made one after the other, when there is room for them.</summary>
    internal static Task ForEachAsync<TItem>(IEnumerable<TItem> items, Func<TItem, CancellationToken, Task> action, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        items,
        new ParallelOptions { MaxDegreeOfParallelism = MostRequests, CancellationToken = cancellationToken },
        (item, token) => new ValueTask(action(item, token)));

    // Levels of folders are columns, so that they are kept.
    private static string PathOf(DirectoryInfo copies, string file)
    {
        string path = Path.GetFullPath(Path.Combine(copies.FullName, file));
        if (!path.StartsWith(copies.FullName + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"'{file}' cannot be the key of a file of the table: copied, it would be outside of the folder.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private S3Bucket Open() => new(options, TimeProvider.System, default);
}
