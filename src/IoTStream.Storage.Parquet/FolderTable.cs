namespace IoTStream.Storage.Parquet;

/// <summary>A table in a folder of this machine.</summary>
internal sealed class FolderTable(TablePath path) : ILakeTable
{
    public Task<IEpochShelf> OpenShelfAsync(LakeWriter writer, CancellationToken cancellationToken) =>
        Task.Run<IEpochShelf>(async () => await EpochShelf.OpenAsync(path, writer, cancellationToken).ConfigureAwait(false), cancellationToken);

    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
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

    public Task<LocalFiles> FetchAsync(IReadOnlyList<string> files, CancellationToken cancellationToken) => Task.FromResult(new LocalFiles(files));

    public Task<CompactionResult> CompactAsync(CompactionOptions options, CancellationToken cancellationToken) =>
        OperatingSystem.IsLinux()
            ? Task.Run(() => new Compaction(path, options).RunAsync(cancellationToken), cancellationToken)
            : throw new PlatformNotSupportedException("Small files of a folder are merged by exchanging two folders in one step, which only Linux does: run the compaction there.");
}
