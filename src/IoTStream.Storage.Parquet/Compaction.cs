using System.Globalization;
using DuckDB.NET.Data;

namespace IoTStream.Storage.Parquet;

/// <summary>Merges the small files of a table, a folder at a time.</summary>
internal sealed class Compaction(TablePath table, CompactionOptions options)
{
    private readonly string _root = Path.Combine(table.Work, "compaction");
    private int _number;

    public async Task<CompactionResult> RunAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(table.Data))
        {
            throw new DirectoryNotFoundException($"There is no table '{table.Data}'.");
        }

        table.Ensure(table.Work);
        using FileLock alone = FileLock.TryAcquire(Path.Combine(table.Work, "compaction.lock"))
            ?? throw new IOException($"Another compaction of '{table.Data}' is running.");
        // What a crash has left is a copy that nobody saw. What a compaction has replaced was kept until now for those who were listing it: they must not find half of it.
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }

        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        (int folders, int files) = (0, 0);
        foreach (string folder in (IEnumerable<string>)[table.Data, .. Directory.EnumerateDirectories(table.Data, "*", SearchOption.AllDirectories)])
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await MergeAsync(connection, folder, cancellationToken).ConfigureAwait(false) is > 0 and var merged)
            {
                folders++;
                files += merged;
            }
        }

        return new CompactionResult(folders, files);
    }

    /// <returns>How many files were merged.</returns>
    private async Task<int> MergeAsync(DuckDBConnection connection, string folder, CancellationToken cancellationToken)
    {
        string[] small = [.. new DirectoryInfo(folder).EnumerateFiles("*.parquet").Where(file => file.Length < options.SmallerThan).Select(static file => file.Name).Order(StringComparer.Ordinal)];
        if (small.Length < options.MinimumFiles || Directory.EnumerateDirectories(folder).Any())
        {
            return 0;
        }

        string work = Path.Combine(_root, (++_number).ToString(CultureInfo.InvariantCulture));
        table.Ensure(work);
        string merged = Path.Combine(work, $"merged.{Guid.CreateVersion7():N}.parquet");
        await MergedFile.WriteAsync(connection, small.Select(name => Path.Combine(folder, name)), merged, options, cancellationToken).ConfigureAwait(false);
        FileSync.Sync(merged);
        using (await table.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            string[] present = [.. Directory.EnumerateFiles(folder).Select(static path => Path.GetFileName(path))];
            if (small.Except(present, StringComparer.Ordinal).Any())
            {
                // Somebody has deleted some of the files: their rows must not come back.
                return 0;
            }

            foreach (string name in present.Except(small, StringComparer.Ordinal))
            {
                Folders.Link(Path.Combine(folder, name), Path.Combine(work, name));
            }

            Folders.Sync(work);
            Folders.Swap(work, folder);
            Folders.Sync(Path.GetDirectoryName(folder)!);
            Folders.Sync(_root);
        }

        return small.Length;
    }
}
