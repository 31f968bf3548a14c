namespace IoTStream.Storage.Parquet;

/// <summary>A lock that only one holds, in whatever process; the system takes it from a process that ends.</summary>
internal sealed class FileLock : IDisposable
{
    private const int LinuxTryAgain = 11;
    private const int MacTryAgain = 35;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <returns>Null if another holds it.</returns>
    public static FileLock? TryAcquire(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (exception.HResult is LinuxTryAgain or MacTryAgain or WindowsSharingViolation)
        {
            return null;
        }
    }

    /// <summary>Waits for it: whoever holds it does so for the time of a few changes of names.</summary>
    public static async Task<FileLock> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryAcquire(path) is { } acquired)
            {
                return acquired;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _file.Dispose();
}
