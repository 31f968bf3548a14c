using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IoTStream.Coap.Dtls;

/// <summary>What the sessions of one end have in common: DTLS 1.2, what is offered, the certificate, whom it trusts. Thread-safe.</summary>
internal sealed unsafe class DtlsContext : IDisposable
{
    // Those of RFC 7252, section 9.1.3, and stronger ones before them. What an OpenSSL does not know, or its policy forbids, it leaves out.
    private const string KeyCiphers = "ECDHE-PSK-CHACHA20-POLY1305:PSK-AES128-GCM-SHA256:PSK-AES256-GCM-SHA384:PSK-CHACHA20-POLY1305:PSK-AES128-CCM:PSK-AES128-CCM8";

    private const string CertificateCiphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES128-CCM8:"
        + "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";

    private const int Dtls12 = 0xFEFD;
    private const int UnknownKeyLength = 16;

    private static readonly TimeSpan ResumableFor = TimeSpan.FromHours(1);

    private readonly SslContextHandle _handle;

    private DtlsContext(OpenSsl openSsl, string ciphers)
    {
        OpenSsl = openSsl;
        _handle = new SslContextHandle(openSsl.ContextNew(openSsl.DtlsMethod()));
        try
        {
            const int SetMinimum = 123;
            const int SetMaximum = 124;
            const int Mode = 33;
            const int SetReadAhead = 41;
            const ulong NoQueryMtu = 1UL << 12;
            const ulong NoCompression = 1UL << 17;
            const ulong ServerPreference = 1UL << 22;
            const ulong NoRenegotiation = 1UL << 30;
            const int ReleaseBuffers = 0x10;
            nint context = Handle;
            Check(context != 0, "make a context");
            Check(openSsl.ContextControl(context, SetMinimum, new CLong(Dtls12), 0).Value == 1, "use DTLS 1.2");
            Check(openSsl.ContextControl(context, SetMaximum, new CLong(Dtls12), 0).Value == 1, "use DTLS 1.2");
            _ = openSsl.ContextControl(context, Mode, new CLong(ReleaseBuffers), 0);
            _ = openSsl.ContextControl(context, SetReadAhead, new CLong(1), 0);
            _ = openSsl.ContextSetOptions(context, NoQueryMtu | NoCompression | ServerPreference | NoRenegotiation);
            _ = openSsl.ContextSetTimeout(context, new CLong((int)ResumableFor.TotalSeconds));
            fixed (byte* list = Terminated(ciphers))
            {
                Check(openSsl.ContextSetCipherList(context, list) == 1, "offer a cipher");
            }
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public OpenSsl OpenSsl { get; }

    /// <summary>A server's keys by identity; null if it takes none.</summary>
    public Func<string, byte[]?>? Keys { get; private init; }

    /// <summary>Makes and checks a server's cookies; null of a client.</summary>
    public Cookies? Cookies { get; private init; }

    /// <summary>How many peers have named an identity that has no key.</summary>
    public long UnknownIdentities => Interlocked.Read(ref _unknownIdentities);

    internal nint Handle => _handle.DangerousGetHandle();

    private long _unknownIdentities;

    /// <exception cref="CoapException">There is no OpenSSL, or it does not take the certificate.</exception>
    public static DtlsContext ForServer(CoapDtlsServerOptions options, TimeProvider time)
    {
        string ciphers = string.Join(':', new[] { options.Certificate is null ? null : CertificateCiphers, options.PreSharedKeys is null ? null : KeyCiphers }.OfType<string>());
        var context = new DtlsContext(OpenSsl.Instance, ciphers) { Keys = options.PreSharedKeys, Cookies = new Cookies(time) };
        try
        {
            OpenSsl openSsl = context.OpenSsl;
            nint handle = context.Handle;
            fixed (byte* id = "coap"u8)
            {
                context.Check(openSsl.ContextSetSessionIdContext(handle, id, 4) == 1, "name its sessions");
            }

            // Sessions are taken up again by tickets, which peers keep, and not from memory of this end.
            const int SessionCacheMode = 44;
            _ = openSsl.ContextControl(handle, SessionCacheMode, new CLong(0), 0);
            openSsl.ContextSetCookieGenerate(handle, &GenerateCookie);
            openSsl.ContextSetCookieVerify(handle, &VerifyCookie);
            if (options.PreSharedKeys is not null)
            {
                openSsl.ContextSetPskServer(handle, &FindKey);
                if (options.IdentityHint is { } hint)
                {
                    fixed (byte* text = Terminated(hint))
                    {
                        context.Check(openSsl.ContextUsePskHint(handle, text) == 1, "use the identity hint");
                    }
                }
            }

            if (options.Certificate is not null)
            {
                context.Use(options.Certificate);
            }

            if (options.ClientAuthorities is not null)
            {
                context.Trust(options.ClientAuthorities, mustShow: true);
            }

            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>The context of a client's sessions by pre-shared keys.</summary>
    /// <exception cref="CoapException">There is no OpenSSL.</exception>
    public static DtlsContext ForKeys()
    {
        var context = new DtlsContext(OpenSsl.Instance, KeyCiphers);
        context.OpenSsl.ContextSetPskClient(context.Handle, &GiveKey);
        return context;
    }

    /// <summary>The context of a client's sessions by certificates.</summary>
    /// <exception cref="CoapException">There is no OpenSSL, or it does not take the certificate.</exception>
    public static DtlsContext ForCertificates(CoapDtlsClientOptions options)
    {
        var context = new DtlsContext(OpenSsl.Instance, CertificateCiphers);
        try
        {
            if (options.ClientCertificate is not null)
            {
                context.Use(options.ClientCertificate);
            }

            context.Trust(options.Authorities, mustShow: false);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>A text as C has it.</summary>
    public static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private void Use(X509Certificate2 certificate)
    {
        const int Rsa = 6;
        const int EllipticCurve = 408;
        fixed (byte* bytes = certificate.RawData)
        {
            Check(OpenSsl.ContextUseCertificate(Handle, certificate.RawData.Length, bytes) == 1, "use the certificate");
        }

        (int kind, byte[] key) = Export(certificate, EllipticCurve, Rsa);
        try
        {
            fixed (byte* bytes = key)
            {
                Check(OpenSsl.ContextUsePrivateKey(kind, Handle, bytes, new CLong(key.Length)) == 1, "use the certificate's private key");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static (int Kind, byte[] Key) Export(X509Certificate2 certificate, int ellipticCurve, int rsa)
    {
        try
        {
            using ECDsa? curve = certificate.GetECDsaPrivateKey();
            if (curve is not null)
            {
                return (ellipticCurve, curve.ExportPkcs8PrivateKey());
            }

            using RSA? other = certificate.GetRSAPrivateKey();
            return other is not null
                ? (rsa, other.ExportPkcs8PrivateKey())
                : throw new CoapException("The certificate's private key is neither of an elliptic curve nor of RSA, which is what DTLS is spoken with here.");
        }
        catch (CryptographicException e)
        {
            throw new CoapException("The certificate's private key cannot be exported, and OpenSSL needs it: load it with X509KeyStorageFlags.Exportable.", e);
        }
    }

    private void Trust(X509Certificate2Collection? authorities, bool mustShow)
    {
        const int Verify = 1;
        const int FailWithoutCertificate = 2;
        OpenSsl.ContextSetVerify(Handle, mustShow ? Verify | FailWithoutCertificate : Verify, 0);
        if (authorities is null)
        {
            Check(OpenSsl.ContextSetDefaultVerifyPaths(Handle) == 1, "find the system's authorities");
            return;
        }

        nint store = OpenSsl.ContextGetCertStore(Handle);
        foreach (X509Certificate2 authority in authorities)
        {
            byte[] raw = authority.RawData;
            fixed (byte* bytes = raw)
            {
                byte* at = bytes;
                nint certificate = OpenSsl.CertificateOf(0, &at, new CLong(raw.Length));
                Check(certificate != 0, "read an authority's certificate");
                int added = OpenSsl.StoreAdd(store, certificate);
                OpenSsl.CertificateFree(certificate);
                Check(added == 1, "trust an authority");
            }
        }
    }

    private void Check(bool condition, string what)
    {
        if (!condition)
        {
            throw new CoapException($"OpenSSL cannot {what}: {OpenSsl.TakeError()}");
        }
    }

    [UnmanagedCallersOnly]
    private static int GenerateCookie(nint ssl, byte* cookie, uint* length)
    {
        DtlsSession session = DtlsSession.Of(ssl);
        session.Context.Cookies!.Write(session.Peer, new Span<byte>(cookie, Cookies.Length));
        *length = Cookies.Length;
        return 1;
    }

    [UnmanagedCallersOnly]
    private static int VerifyCookie(nint ssl, byte* cookie, uint length)
    {
        DtlsSession session = DtlsSession.Of(ssl);
        return length == Cookies.Length && session.Context.Cookies!.IsOf(session.Peer, new ReadOnlySpan<byte>(cookie, Cookies.Length)) ? 1 : 0;
    }

    [UnmanagedCallersOnly]
    private static uint FindKey(nint ssl, byte* identity, byte* key, uint room)
    {
        DtlsContext context = DtlsSession.Of(ssl).Context;
        var target = new Span<byte>(key, (int)room);
        byte[]? found = null;
        try
        {
            found = context.Keys!(Marshal.PtrToStringUTF8((nint)identity) ?? "");
        }
        catch (Exception)
        {
            // It is the user's function; a peer whose key cannot be looked up is one without, and an exception cannot go through OpenSSL.
        }

        if (found is { Length: > 0 } && found.Length <= target.Length)
        {
            found.CopyTo(target);
            return (uint)found.Length;
        }

        // Nobody is to find out which identities there are: one that is not known goes on as one whose key is wrong (RFC 4279, section 2).
        Interlocked.Increment(ref context._unknownIdentities);
        RandomNumberGenerator.Fill(target[..UnknownKeyLength]);
        return UnknownKeyLength;
    }

    [UnmanagedCallersOnly]
    private static uint GiveKey(nint ssl, byte* hint, byte* identity, uint identityRoom, byte* key, uint room)
    {
        CoapPreSharedKey? shared = DtlsSession.Of(ssl).Key;
        if (shared is null || Encoding.UTF8.GetByteCount(shared.Identity) >= identityRoom || shared.Key.Length > room)
        {
            return 0;
        }

        int length = Encoding.UTF8.GetBytes(shared.Identity, new Span<byte>(identity, (int)identityRoom));
        identity[length] = 0;
        shared.Key.Span.CopyTo(new Span<byte>(key, (int)room));
        return (uint)shared.Key.Length;
    }
}
