using System.Runtime.InteropServices;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>How many files, and so sockets, this process and those that it starts may have open.</summary>
internal static partial class FileLimit
{
    private const int OpenFiles = 7;

    /// <summary>Raises the limit to a number, as far as the system permits.</summary>
    /// <returns>The limit.</returns>
    public static long Raise(long wanted)
    {
        _ = Get(OpenFiles, out Limits limits);
        if (limits.Soft < wanted)
        {
            // Only a privileged process may raise the hard limit.
            if (limits.Hard >= wanted || Set(OpenFiles, new Limits { Soft = wanted, Hard = wanted }) != 0)
            {
                _ = Set(OpenFiles, limits with { Soft = Math.Min(wanted, limits.Hard) });
            }

            _ = Get(OpenFiles, out limits);
        }

        return limits.Soft;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Get(int resource, out Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int Set(int resource, in Limits limits);

    [StructLayout(LayoutKind.Sequential)]
    private record struct Limits(long Soft, long Hard);
}
