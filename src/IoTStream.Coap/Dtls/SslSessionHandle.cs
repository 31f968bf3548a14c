using System.Runtime.InteropServices;

namespace IoTStream.Coap.Dtls;

/// <summary>Owns an SSL_SESSION: what a client takes a session up with again.</summary>
internal sealed unsafe class SslSessionHandle : SafeHandle
{
    public SslSessionHandle(nint session)
        : base(0, ownsHandle: true) => SetHandle(session);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpenSsl.Instance.SessionFree(handle);
        return true;
    }
}
