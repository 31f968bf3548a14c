using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IoTStream.Storage.Parquet;

/// <summary>What the framework cannot do with directories, and the C library can.</summary>
internal static partial class Folders
{
    private const int ReadOnly = 0;
    private const int CurrentDirectory = -100;
    private const uint Exchange = 2;

    /// <summary>Makes the entries of a directory durable. Windows has no such call: NTFS and ReFS write changes of entries to their journal in order.</summary>
    /// <exception cref="IOException">The directory cannot be opened, or the disk fails.</exception>
    public static void Sync(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            throw Failed($"The folder '{path}' cannot be opened to be synced");
        }

        using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.FlushToDisk(directory);
    }

    /// <summary>Gives a file a second name. Linux only.</summary>
    /// <exception cref="IOException">The file system refuses.</exception>
    public static void Link(string path, string second)
    {
        if (LinkFile(path, second) != 0)
        {
            throw Failed($"The file '{path}' cannot be given a second name, which needs a file system such as ext4, XFS or Btrfs");
        }
    }

    /// <summary>Exchanges the names of two directories in one step, so that nobody ever sees one of the names missing. Linux only.</summary>
    /// <exception cref="IOException">The file system refuses.</exception>
    public static void Swap(string first, string second)
    {
        if (Rename(CurrentDirectory, first, CurrentDirectory, second, Exchange) != 0)
        {
            throw Failed($"The folders '{first}' and '{second}' cannot be exchanged, which needs a file system such as ext4, XFS or Btrfs");
        }
    }

    private static IOException Failed(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}.", Marshal.GetLastPInvokeError());

    // The third argument of open is only read where a file may be created.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int LinkFile(string path, string second);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Rename(int oldDirectory, string oldPath, int newDirectory, string newPath, uint flags);
}
