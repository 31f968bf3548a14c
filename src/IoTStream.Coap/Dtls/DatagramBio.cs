using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.Coap.Dtls;

/// <summary>What OpenSSL reads from and writes to: the datagrams of a <see cref="DtlsSession"/>. OpenSSL's own memory would run datagrams together.</summary>
internal static unsafe class DatagramBio
{
    /// <summary>The largest datagram of a handshake: what fits into any path of IPv6.</summary>
    public const int Mtu = 1280 - 48;

    private const int SourceSinkType = 0x0400 | 127;
    private const int RetryRead = 0x01 | 0x08;
    private const int RetryFlags = 0x0F;

    public static nint CreateMethod(OpenSsl openSsl)
    {
        nint method;
        fixed (byte* name = "datagrams\0"u8)
        {
            method = openSsl.BioMethodNew(SourceSinkType, name);
        }

        _ = openSsl.BioMethodSetRead(method, &Read);
        _ = openSsl.BioMethodSetWrite(method, &Write);
        _ = openSsl.BioMethodSetControl(method, &Control);
        return method;
    }

    /// <summary>Creates one, which belongs to whom it is given.</summary>
    public static nint Create(OpenSsl openSsl, nint session)
    {
        nint bio = openSsl.BioNew(openSsl.DatagramMethod);
        openSsl.BioSetData(bio, session);
        openSsl.BioSetInit(bio, 1);
        return bio;
    }

    private static DtlsSession SessionOf(nint bio) => (DtlsSession)GCHandle.FromIntPtr(OpenSsl.Instance.BioGetData(bio)).Target!;

    [UnmanagedCallersOnly]
    private static int Read(nint bio, byte* buffer, int length)
    {
        OpenSsl openSsl = OpenSsl.Instance;
        openSsl.BioClearFlags(bio, RetryFlags);
        int read = SessionOf(bio).TakeDatagram(new Span<byte>(buffer, Math.Max(0, length)));
        if (read < 0)
        {
            openSsl.BioSetFlags(bio, RetryRead);
        }

        return read;
    }

    [UnmanagedCallersOnly]
    private static int Write(nint bio, byte* buffer, int length)
    {
        OpenSsl.Instance.BioClearFlags(bio, RetryFlags);
        SessionOf(bio).PutDatagram(new ReadOnlySpan<byte>(buffer, Math.Max(0, length)));
        return length;
    }

    [UnmanagedCallersOnly]
    private static CLong Control(nint bio, int command, CLong number, nint pointer)
    {
        const int Flush = 11;
        const int Duplicate = 12;
        const int QueryMtu = 40;
        const int GetMtu = 41;
        const int SetMtu = 42;
        const int SetNextTimeout = 45;
        const int FallbackMtu = 47;
        const int MtuOverhead = 49;
        const int PeekMode = 71;
        const int HeadersBelow = 48;
        switch (command)
        {
            case Flush or Duplicate or SetNextTimeout:
                return new CLong(1);
            case QueryMtu or GetMtu or FallbackMtu:
                return new CLong(Mtu);
            case SetMtu:
                return number;
            case MtuOverhead:
                return new CLong(HeadersBelow);
            case PeekMode:
                SessionOf(bio).IsPeeking = number.Value != 0;
                return new CLong(1);
            default:
                return default;
        }
    }
}
