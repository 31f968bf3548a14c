using System.Runtime.InteropServices;
using IoTStream.Disk;
using Microsoft.Win32.SafeHandles;

namespace IoTStream.Disk;

/// <summary>Makes the entries of a directory durable.</summary>
/// <remarks>
/// On Unix the directory is opened and synced like a file; the framework refuses to open one, so that call goes to the C library. On
/// Windows there is no such call for a directory: NTFS and ReFS write changes of entries to their journal in order.
/// </remarks>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;

    public static void Sync(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException(
                $"The directory '{path}' cannot be opened to be synced: {Marshal.GetLastPInvokeErrorMessage()}.", Marshal.GetLastPInvokeError());
        }

        using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.FlushToDisk(directory);
    }

    // The third argument of open is only read where a file may be created.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);
}
