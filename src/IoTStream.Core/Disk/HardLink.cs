using System.Runtime.InteropServices;
using IoTStream.Disk;

namespace IoTStream.Disk;

/// <summary>A second name for a file.</summary>
internal static partial class HardLink
{
    /// <summary>Gives a file a second name.</summary>
    /// <returns>False if the system or the file system cannot; then the file has to be copied.</returns>
    public static bool TryCreate(string path, string second) => !OperatingSystem.IsWindows() && Link(path, second) == 0;

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string path, string second);
}
