namespace IoTStream.Storage.Parquet;

/// <summary>Makes the content of a file durable.</summary>
internal static class FileSync
{
    public static void Sync(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }
}
