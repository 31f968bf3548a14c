using System.Runtime.InteropServices;

namespace SmartCity;

/// <summary>How many files this process may have open: each socket is one. Where there is a limit, it is raised as far as needed.</summary>
internal static partial class OpenFiles
{
    // Files, assemblies, and what the runtime has open.
    private const long Others = 300;

    private static int Resource => OperatingSystem.IsMacOS() ? 8 : 7;

    /// <summary>Sees to it that the process may have so many sockets open.</summary>
    /// <exception cref="IOException">It may not, and the system does not let it raise the limit; the message says what to do.</exception>
    public static void Permit(long sockets)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        long needed = sockets + Others;
        if (Get(Resource, out Limits limits) != 0 || limits.Soft >= (ulong)needed)
        {
            return;
        }

        // Up to the hard limit everybody may raise it, beyond only who is privileged.
        Limits wanted = limits.Hard >= (ulong)needed ? limits with { Soft = (ulong)needed } : new Limits { Soft = (ulong)needed, Hard = (ulong)needed };
        if (Set(Resource, wanted) != 0)
        {
            throw new IOException(
                $"The connections need {needed:N0} open files, but this process may have {limits.Soft:N0} and cannot raise that. Start it from a shell after 'ulimit -n {needed}', "
                + "for which the hard limit may have to be raised ('ulimit -H -n', /etc/security/limits.conf); or give it a broker elsewhere with --broker, since both ends of each "
                + "connection are in this process otherwise; or ask for fewer with --connections.");
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Get(int resource, out Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int Set(int resource, in Limits limits);

    [StructLayout(LayoutKind.Sequential)]
    private record struct Limits(ulong Soft, ulong Hard);
}
