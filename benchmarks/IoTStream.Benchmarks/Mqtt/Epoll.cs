using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>Waits for many sockets on one thread, with as little of its own as there can be: what a load generator uses, the others do not get. Linux only.</summary>
internal sealed partial class Epoll : IDisposable
{
    private const int CloseOnExecute = 0x80000;
    private const int Add = 1;
    private const int Modify = 3;
    private const uint Readable = 1;
    private const uint Writable = 4;
    private readonly int _descriptor;
    private readonly Event[] _events = new Event[256];

    public Epoll()
    {
        _descriptor = Create(CloseOnExecute);
        Check(_descriptor);
    }

    /// <summary>Watches a socket for what can be read from it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="index">What <see cref="Wait"/> tells it by.</param>
    public void Watch(Socket socket, int index) => Control(socket, index, Add, Readable);

    /// <summary>Says whether a watched socket is to be watched for room to write, too.</summary>
    public void WatchForRoom(Socket socket, int index, bool wanted) => Control(socket, index, Modify, wanted ? Readable | Writable : Readable);

    /// <summary>Waits until a watched socket is ready, for as many milliseconds at most; -1 for any time.</summary>
    /// <returns>How many are; <see cref="this"/> has them.</returns>
    public int Wait(int milliseconds)
    {
        int count = Wait(_descriptor, _events, _events.Length, milliseconds);
        const int Interrupted = 4;
        if (count < 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
            return 0;
        }

        Check(count);
        return count;
    }

    /// <summary>One of those that are ready.</summary>
    public (int Index, bool CanWrite) this[int place] => ((int)_events[place].Data, (_events[place].Flags & Writable) != 0);

    public void Dispose() => _ = Close(_descriptor);

    private void Control(Socket socket, int index, int operation, uint flags)
    {
        var wanted = new Event { Flags = flags, Data = (ulong)index };
        Check(Control(_descriptor, operation, (int)socket.Handle, ref wanted));
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int descriptor, ref Event wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int epoll, [Out] Event[] events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    // Packed on x64 only.
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Event
    {
        public uint Flags;
        public ulong Data;
    }
}
