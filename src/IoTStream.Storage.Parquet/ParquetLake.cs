namespace IoTStream.Storage.Parquet;

/// <summary>Keeps the tables of a lake in order.</summary>
/// <remarks>Thread-safe.</remarks>
public static class ParquetLake
{
    /// <summary>Merges the small files of each folder of a table into one. Sinks, in whatever process of the machine, may write meanwhile, and queries may run.</summary>
    /// <remarks>
    /// <para>
    /// The merged file is written where nobody looks, into a folder with second names of the files that stay; then this folder and the one of the table change places in one step. So
    /// whoever lists the folder sees either all the small files or the merged one, and each row once. A query that has listed the folder before and opens the files after finds that a
    /// file is missing, and fails: ask again. It does not see wrong rows.
    /// </para>
    /// <para>A crash leaves the table as it is, before or after. Files that were merged are kept under <c>.iotstream</c> until the next compaction of the table begins,
    /// so that nobody who is listing a folder finds half of it; what a crash has left behind goes then, too.</para>
    /// </remarks>
    /// <param name="lake">The folder of the lake.</param>
    /// <param name="table">The name of the table.</param>
    /// <param name="options">Which files are merged, and how.</param>
    /// <param name="cancellationToken">Ends the compaction after the folder that is at work, or before.</param>
    /// <exception cref="ArgumentException">The table cannot be the name of a folder.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such table.</exception>
    /// <exception cref="IOException">Another compaction of the table is running, or the file system cannot exchange two folders in one step.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public static Task<CompactionResult> CompactAsync(string lake, string table, CompactionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(lake);
        FolderName.CheckTable(table);
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("Small files are merged by exchanging two folders in one step, which only Linux does: run the compaction there.");
        }

        var compaction = new Compaction(new TablePath(lake, table), options ?? new CompactionOptions());
        return Task.Run(() => compaction.RunAsync(cancellationToken), cancellationToken);
    }

    /// <summary>
    /// The files that a table has at one moment: of each epoch all or none, which whoever lists the folders while files are moved into several of them may miss, and of each
    /// compaction those before or those after it.
    /// </summary>
    /// <remarks>A sink that crashed while it moved the files of an epoch moves the others when its job is started again; until then some of them are missing.</remarks>
    /// <param name="lake">The folder of the lake.</param>
    /// <param name="table">The name of the table.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
    /// <returns>The paths of the files, sorted; none if there is no such table.</returns>
    /// <exception cref="ArgumentException">The table cannot be the name of a folder.</exception>
    public static async Task<IReadOnlyList<string>> ListFilesAsync(string lake, string table, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(lake);
        FolderName.CheckTable(table);
        var path = new TablePath(lake, table);
        if (!Directory.Exists(path.Data))
        {
            return [];
        }

        // A table that was copied from elsewhere may have come without it.
        path.Ensure(path.Work);
        using (await path.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            return [.. Directory.EnumerateFiles(path.Data, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        }
    }
}
