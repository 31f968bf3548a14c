namespace IoTStream.Storage.Parquet;

/// <summary>Keeps the tables of a lake in order.</summary>
/// <remarks>Thread-safe.</remarks>
public static class ParquetLake
{
    /// <summary>Merges the small files of each folder of a table into one. Sinks, in whatever process, may write meanwhile, and queries may run.</summary>
    /// <remarks>
    /// <para>
    /// In a folder of this machine, the merged file is written where nobody looks, into a folder with second names of the files that stay; then this folder and the one of the table change
    /// places in one step. So whoever lists the folder sees either all the small files or the merged one, and each row once. A query that has listed the folder before and opens the files
    /// after finds that a file is missing, and fails: ask again. It does not see wrong rows. A crash leaves the table as it is, before or after. Files that were merged are kept under
    /// <c>.iotstream</c> until the next compaction of the table begins, so that nobody who is listing a folder finds half of it; what a crash has left behind goes then, too.
    /// </para>
    /// <para>
    /// In object storage, nothing changes places. Merged files are uploaded beside those that they replace; then one object, <c>.iotstream/TABLE/merges.json</c>, is replaced that says
    /// which of them count; then the small ones are deleted. <see cref="ListFilesAsync"/> and <see cref="ParquetSource"/> go by it and see each row once, at all times; <b>whoever takes
    /// all objects of the table sees rows twice from the first upload until the last deletion</b>. Run one compaction of a table at a time: servers that know conditional requests refuse a
    /// second one, others do not. After a crash, run it again: what was left behind goes then.
    /// </para>
    /// </remarks>
    /// <param name="lake">Where the lake is.</param>
    /// <param name="table">The name of the table.</param>
    /// <param name="options">Which files are merged, and how.</param>
    /// <param name="cancellationToken">Ends the compaction: after the folder that is at work, or before; in object storage, as a crash does.</param>
    /// <exception cref="ArgumentException">The table cannot be the name of a folder.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such table.</exception>
    /// <exception cref="IOException">
    /// Another compaction of the table is running, the file system cannot exchange two folders in one step, or object storage refuses or cannot be reached.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">The lake is a folder, and the system is not Linux.</exception>
    public static Task<CompactionResult> CompactAsync(LakePlace lake, string table, CompactionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lake);
        return lake.Table(table).CompactAsync(options ?? new CompactionOptions(), cancellationToken);
    }

    /// <summary>
    /// The files that a table has at one moment: of each epoch all or none, which whoever lists the folders while files appear in several of them may miss, and of each compaction those
    /// before or those after it.
    /// </summary>
    /// <remarks>
    /// A sink that crashed while it moved the files of an epoch into folders of this machine moves the others when its job is started again; until then some of them are missing. In object
    /// storage none of them is listed until then.
    /// </remarks>
    /// <param name="lake">Where the lake is.</param>
    /// <param name="table">The name of the table.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
    /// <returns>The paths of the files, or their addresses in object storage, such as <c>s3://bucket/lake/readings/date=2026-01-31/…</c>; sorted; none if there is no such table.</returns>
    /// <exception cref="ArgumentException">The table cannot be the name of a folder.</exception>
    /// <exception cref="IOException">Object storage refuses or cannot be reached.</exception>
    public static Task<IReadOnlyList<string>> ListFilesAsync(LakePlace lake, string table, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lake);
        return lake.Table(table).ListAsync(cancellationToken);
    }
}
