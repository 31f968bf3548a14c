using System.Runtime.InteropServices;

namespace IoTStream.Coap.Dtls;

/// <summary>Owns an SSL_CTX. OpenSSL counts its references, so that objects that were made with it may outlive it.</summary>
internal sealed unsafe class SslContextHandle : SafeHandle
{
    public SslContextHandle(nint context)
        : base(0, ownsHandle: true) => SetHandle(context);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpenSsl.Instance.ContextFree(handle);
        return true;
    }
}
