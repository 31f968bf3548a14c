using System.Runtime.InteropServices;

namespace IoTStream.Coap.Dtls;

/// <summary>Owns an SSL object and with it what it reads from and writes to.</summary>
internal sealed unsafe class SslHandle : SafeHandle
{
    private static long s_open;

    public SslHandle(nint ssl)
        : base(0, ownsHandle: true)
    {
        SetHandle(ssl);
        Interlocked.Increment(ref s_open);
    }

    /// <summary>How many there are in the process.</summary>
    public static long Open => Interlocked.Read(ref s_open);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpenSsl.Instance.Free(handle);
        Interlocked.Decrement(ref s_open);
        return true;
    }
}
