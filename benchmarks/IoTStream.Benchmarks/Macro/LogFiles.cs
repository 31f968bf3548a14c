using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IoTStream.Benchmarks.Macro;

/// <summary>The files of a log, and how fast they can merely be read, which is what recovery is compared with.</summary>
internal sealed partial class LogFiles(string directory)
{
    private const int PieceSize = 256 * 1024;
    private const int DoNotNeed = 4;

    private readonly string[] _names = [.. Directory.GetFiles(directory, "*.log").Order(StringComparer.Ordinal)];

    public long Bytes => _names.Sum(static name => new FileInfo(name).Length);

    /// <summary>Reads all of them, a piece at a time into the same memory.</summary>
    public void Read()
    {
        byte[] piece = new byte[PieceSize];
        foreach (string name in _names)
        {
            using SafeFileHandle file = File.OpenHandle(name, options: FileOptions.SequentialScan);
            for (long at = 0, count; (count = RandomAccess.Read(file, piece, at)) > 0;)
            {
                at += count;
            }
        }
    }

    /// <summary>Has the system forget what it has of them in memory, so that they are read from the disk the next time. Linux only; elsewhere it does nothing.</summary>
    public void Forget()
    {
        foreach (string name in _names)
        {
            using SafeFileHandle file = File.OpenHandle(name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.FlushToDisk(file);
            if (OperatingSystem.IsLinux())
            {
                Advise(file, 0, 0, DoNotNeed);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
