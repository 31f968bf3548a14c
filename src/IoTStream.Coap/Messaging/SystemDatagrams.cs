using System.Runtime.InteropServices;

namespace IoTStream.Coap.Messaging;

/// <summary>The calls of Linux that take or bring several datagrams at once (recvmmsg and sendmmsg), which the framework does not offer.</summary>
internal static unsafe partial class SystemDatagrams
{
    /// <summary>The most bytes of an address that is used here, that of IPv6.</summary>
    public const int AddressSize = 28;

    private const int WaitForOne = 0x1_0000;
    private const int Interrupted = 4;

    /// <summary>Whether this system has them, in the form that is described here.</summary>
    public static bool AreSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess && BitConverter.IsLittleEndian;

    /// <summary>Waits for a datagram, and takes those that are there.</summary>
    /// <returns>How many; less than zero if the call has failed.</returns>
    public static int Receive(SafeHandle socket, Datagram* datagrams, int most) => Receive(socket, datagrams, (uint)most, WaitForOne, null);

    /// <summary>Sends datagrams, and loses those that cannot be sent, as any network may.</summary>
    public static void Send(SafeHandle socket, Datagram* datagrams, int count)
    {
        int sent = 0;
        while (sent < count)
        {
            int result = Send(socket, datagrams + sent, (uint)(count - sent), 0);
            if (result < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
                continue;
            }

            // A failure is that of the first one.
            sent += Math.Max(result, 1);
        }
    }

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    private static partial int Receive(SafeHandle socket, Datagram* datagrams, uint most, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    private static partial int Send(SafeHandle socket, Datagram* datagrams, uint count, int flags);

    /// <summary>A datagram as these calls have it, which are <c>mmsghdr</c> and <c>msghdr</c> of the system, in one.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Datagram
    {
        public byte* Address;
        public uint AddressLength;
        public Segment* Segments;
        public nuint SegmentCount;
        public void* Control;
        public nuint ControlLength;
        public long Flags;
        public long Length;
    }

    /// <summary>Where the bytes of a datagram are: <c>iovec</c> of the system.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Segment
    {
        public byte* Bytes;
        public nuint Length;
    }
}
