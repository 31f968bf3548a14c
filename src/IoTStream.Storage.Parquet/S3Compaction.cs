using System.Net;
using DuckDB.NET.Data;

namespace IoTStream.Storage.Parquet;

/// <summary>Merges the small files of a table in object storage.</summary>
/// <remarks>
/// Merged files are uploaded beside those that they replace, and do not count; then one object is replaced, and from then on they count and the others do not, in all folders at once; then
/// the others are deleted. What a crash leaves behind does not count, and the next compaction deletes it.
/// </remarks>
internal sealed class S3Compaction(S3Bucket bucket, S3Keys keys, CompactionOptions options)
{
    private readonly string _run = Guid.CreateVersion7().ToString("N");

    public async Task<CompactionResult> RunAsync(CancellationToken cancellationToken)
    {
        S3Snapshot table = await S3Snapshot.TakeAsync(bucket, keys, cancellationToken).ConfigureAwait(false);
        if (table.Files.Count == 0 && table.Others.Count == 0)
        {
            throw new DirectoryNotFoundException($"There is no table '{keys.Data}'.");
        }

        string[][] folders = [.. table.Files.Where(file => file.Length < options.SmallerThan).Select(static file => file.Key).GroupBy(S3Keys.FolderOf, StringComparer.Ordinal)
            .Select(static folder => folder.ToArray()).Where(folder => folder.Length >= options.MinimumFiles)];
        if (folders.Length == 0 && table.Others.Count == 0 && table.Merges.Counts)
        {
            return new CompactionResult(0, 0);
        }

        // The files of a compaction that was given up stay uncounted, and so do those that the last one replaced: a request to put one of them may be carried out late.
        string[] discarded = table.Merges.Counts ? [.. table.Merges.Discarded] : [.. table.Merges.Discarded, table.Merges.Run];
        string tag = await ReplaceAsync(new S3Merges(_run, Counts: false, table.Merges.Replaced, discarded), table.Tag, cancellationToken).ConfigureAwait(false);
        await DeleteAsync(table.Others, cancellationToken).ConfigureAwait(false);
        await bucket.AbortUploadsAsync(keys.Data, key => S3Keys.RunOf(key) is { } run && discarded.Contains(run, StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);

        List<string> replaced = [];
        int merged = 0;
        using (DuckDBConnection connection = new("DataSource=:memory:"))
        {
            connection.Open();
            foreach (string[] small in folders)
            {
                if (await MergeAsync(connection, small, cancellationToken).ConfigureAwait(false))
                {
                    merged++;
                    replaced.AddRange(small);
                }
            }
        }

        await ReplaceAsync(new S3Merges(_run, Counts: true, replaced, discarded), tag, cancellationToken).ConfigureAwait(false);
        await DeleteAsync(replaced, cancellationToken).ConfigureAwait(false);
        return new CompactionResult(merged, replaced.Count);
    }

    /// <returns>False if somebody has deleted some of the files: their rows must not come back.</returns>
    private async Task<bool> MergeAsync(DuckDBConnection connection, string[] small, CancellationToken cancellationToken)
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("iotstream-lake-");
        try
        {
            (string Key, string Path)[] copies = [.. small.Select((key, number) => (key, Path.Combine(work.FullName, $"{number}.parquet")))];
            await S3Table.ForEachAsync(copies, (copy, token) => bucket.DownloadAsync(copy.Key, copy.Path, token), cancellationToken).ConfigureAwait(false);
            string merged = Path.Combine(work.FullName, "merged.parquet");
            await MergedFile.WriteAsync(connection, copies.Select(static copy => copy.Path), merged, options, cancellationToken).ConfigureAwait(false);
            await bucket.UploadAsync(S3Keys.MergedFile(S3Keys.FolderOf(small[0]), _run), merged, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (S3Exception exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return false;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private Task DeleteAsync(IEnumerable<string> files, CancellationToken cancellationToken) => S3Table.ForEachAsync(files, bucket.DeleteAsync, cancellationToken);

    private async Task<string> ReplaceAsync(S3Merges merges, string? tag, CancellationToken cancellationToken)
    {
        try
        {
            return await bucket.ReplaceAsync(keys.Merges, merges.ToJson(), tag, cancellationToken).ConfigureAwait(false);
        }
        catch (S3Exception exception) when (exception.Status == HttpStatusCode.PreconditionFailed)
        {
            throw new IOException($"Another compaction of '{keys.Data}' is running.", exception);
        }
    }
}
