using System.Runtime.InteropServices;

namespace IoTStream.Storage.Parquet;

/// <summary>Exchanges the names of two directories in one step, so that nobody ever sees one of the names missing.</summary>
internal static partial class DirectoryExchange
{
    private const int CurrentDirectory = -100;
    private const uint Exchange = 2;

    /// <exception cref="IOException">The file system refuses.</exception>
    public static void Swap(string first, string second)
    {

        if (Rename(CurrentDirectory, first, CurrentDirectory, second, Exchange) != 0)
        {
            throw new IOException(
                $"The folders '{first}' and '{second}' cannot be exchanged, which needs a file system such as ext4, XFS or Btrfs: {Marshal.GetLastPInvokeErrorMessage()}.",
                Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Rename(int oldDirectory, string oldPath, int newDirectory, string newPath, uint flags);
}
