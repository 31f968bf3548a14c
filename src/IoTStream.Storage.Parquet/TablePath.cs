
namespace IoTStream.Storage.Parquet;

/// <summary>Where a table of a lake is, and where beside it what readers must not see.</summary>
internal sealed class TablePath
{
    // Not inside of the table: DuckDB's ** goes into folders that begin with a dot, too.
    private const string Hidden = ".iotstream";

    public TablePath(string lake, string table)
    {
        Lake = Path.GetFullPath(lake);
        Data = Path.Combine(Lake, table);
        Work = Path.Combine(Lake, Hidden, table);
    }

    public string Lake { get; }

    /// <summary>The folder that readers are given.</summary>
    public string Data { get; }

    /// <summary>The folder of unfinished files and of what sinks have to remember; on the same volume.</summary>
    public string Work { get; }

    /// <summary>Keeps sinks from showing files while a folder is exchanged, and the other way round, in all processes of the machine.</summary>
    public Task<FileLock> LockAsync(CancellationToken cancellationToken) => FileLock.AcquireAsync(Path.Combine(Work, "lock"), cancellationToken);

    /// <summary>Creates a folder, durably with those above it up to that of the lake.</summary>
    public void Ensure(string folder)
    {
        Stack<string> missing = new();
        for (string path = folder; !Directory.Exists(path); path = Path.GetDirectoryName(path)!)
        {
            missing.Push(path);
        }

        foreach (string path in missing)
        {
            Directory.CreateDirectory(path);
            if (path.Length > Lake.Length)
            {
                Folders.Sync(Path.GetDirectoryName(path)!);
            }
        }
    }
}
