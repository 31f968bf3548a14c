using System.Runtime.InteropServices;

namespace IoTStream.Coap.Dtls;

/// <summary>
/// The functions of the operating system's OpenSSL that DTLS needs, and no others, as pointers that are found when DTLS is asked for: nothing native is loaded before. Thread-safe; so are the functions, each object by
/// one thread at a time.
/// </summary>
internal sealed unsafe class OpenSsl
{
    private static readonly (string Ssl, string Crypto)[] Names =
    [
        ("libssl.so.3", "libcrypto.so.3"),
        ("libssl.so.1.1", "libcrypto.so.1.1"),
        ("libssl-3-x64.dll", "libcrypto-3-x64.dll"),
        ("libssl-3-arm64.dll", "libcrypto-3-arm64.dll"),
        ("libssl-1_1-x64.dll", "libcrypto-1_1-x64.dll"),
        ("libssl.3.dylib", "libcrypto.3.dylib"),
        ("libssl.1.1.dylib", "libcrypto.1.1.dylib"),
    ];

    private static readonly Lazy<OpenSsl> Loaded = new(static () => Load(Names));

    private readonly nint _ssl;
    private readonly nint _crypto;

    private OpenSsl(nint ssl, nint crypto)
    {
        _ssl = ssl;
        _crypto = crypto;
        DtlsMethod = (delegate* unmanaged<nint>)Ssl("DTLS_method");
        ContextNew = (delegate* unmanaged<nint, nint>)Ssl("SSL_CTX_new");
        ContextFree = (delegate* unmanaged<nint, void>)Ssl("SSL_CTX_free");
        ContextControl = (delegate* unmanaged<nint, int, CLong, nint, CLong>)Ssl("SSL_CTX_ctrl");
        ContextSetOptions = (delegate* unmanaged<nint, ulong, ulong>)Ssl("SSL_CTX_set_options");
        ContextSetCipherList = (delegate* unmanaged<nint, byte*, int>)Ssl("SSL_CTX_set_cipher_list");
        ContextSetSessionIdContext = (delegate* unmanaged<nint, byte*, uint, int>)Ssl("SSL_CTX_set_session_id_context");
        ContextSetTimeout = (delegate* unmanaged<nint, CLong, CLong>)Ssl("SSL_CTX_set_timeout");
        ContextSetVerify = (delegate* unmanaged<nint, int, nint, void>)Ssl("SSL_CTX_set_verify");
        ContextSetDefaultVerifyPaths = (delegate* unmanaged<nint, int>)Ssl("SSL_CTX_set_default_verify_paths");
        ContextGetCertStore = (delegate* unmanaged<nint, nint>)Ssl("SSL_CTX_get_cert_store");
        ContextUseCertificate = (delegate* unmanaged<nint, int, byte*, int>)Ssl("SSL_CTX_use_certificate_ASN1");
        ContextUsePrivateKey = (delegate* unmanaged<int, nint, byte*, CLong, int>)Ssl("SSL_CTX_use_PrivateKey_ASN1");
        ContextUsePskHint = (delegate* unmanaged<nint, byte*, int>)Ssl("SSL_CTX_use_psk_identity_hint");
        ContextSetPskServer = (delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, byte*, uint, uint>, void>)Ssl("SSL_CTX_set_psk_server_callback");
        ContextSetPskClient = (delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, byte*, uint, byte*, uint, uint>, void>)Ssl("SSL_CTX_set_psk_client_callback");
        ContextSetCookieGenerate = (delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, uint*, int>, void>)Ssl("SSL_CTX_set_cookie_generate_cb");
        ContextSetCookieVerify = (delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, uint, int>, void>)Ssl("SSL_CTX_set_cookie_verify_cb");
        New = (delegate* unmanaged<nint, nint>)Ssl("SSL_new");
        Free = (delegate* unmanaged<nint, void>)Ssl("SSL_free");
        SetBio = (delegate* unmanaged<nint, nint, nint, void>)Ssl("SSL_set_bio");
        SetConnectState = (delegate* unmanaged<nint, void>)Ssl("SSL_set_connect_state");
        SetAcceptState = (delegate* unmanaged<nint, void>)Ssl("SSL_set_accept_state");
        SetExData = (delegate* unmanaged<nint, int, nint, int>)Ssl("SSL_set_ex_data");
        GetExData = (delegate* unmanaged<nint, int, nint>)Ssl("SSL_get_ex_data");
        Control = (delegate* unmanaged<nint, int, CLong, nint, CLong>)Ssl("SSL_ctrl");
        Listen = (delegate* unmanaged<nint, nint, int>)Ssl("DTLSv1_listen");
        DoHandshake = (delegate* unmanaged<nint, int>)Ssl("SSL_do_handshake");
        Read = (delegate* unmanaged<nint, byte*, int, int>)Ssl("SSL_read");
        Write = (delegate* unmanaged<nint, byte*, int, int>)Ssl("SSL_write");
        Shutdown = (delegate* unmanaged<nint, int>)Ssl("SSL_shutdown");
        GetError = (delegate* unmanaged<nint, int, int>)Ssl("SSL_get_error");
        Get1Session = (delegate* unmanaged<nint, nint>)Ssl("SSL_get1_session");
        SetSession = (delegate* unmanaged<nint, nint, int>)Ssl("SSL_set_session");
        SessionFree = (delegate* unmanaged<nint, void>)Ssl("SSL_SESSION_free");
        SessionReused = (delegate* unmanaged<nint, int>)Ssl("SSL_session_reused");
        GetPskIdentity = (delegate* unmanaged<nint, byte*>)Ssl("SSL_get_psk_identity");
        GetVerifyParameters = (delegate* unmanaged<nint, nint>)Ssl("SSL_get0_param");
        SetHost = (delegate* unmanaged<nint, byte*, int>)Ssl("SSL_set1_host");
        GetVerifyResult = (delegate* unmanaged<nint, CLong>)Ssl("SSL_get_verify_result");

        // Of 3.0, and by its name before that.
        GetPeerCertificate = (delegate* unmanaged<nint, nint>)(NativeLibrary.TryGetExport(_ssl, "SSL_get1_peer_certificate", out nint found) ? found : Ssl("SSL_get_peer_certificate"));
        BioMethodNew = (delegate* unmanaged<int, byte*, nint>)Crypto("BIO_meth_new");
        BioMethodSetRead = (delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, int, int>, int>)Crypto("BIO_meth_set_read");
        BioMethodSetWrite = (delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, int, int>, int>)Crypto("BIO_meth_set_write");
        BioMethodSetControl = (delegate* unmanaged<nint, delegate* unmanaged<nint, int, CLong, nint, CLong>, int>)Crypto("BIO_meth_set_ctrl");
        BioNew = (delegate* unmanaged<nint, nint>)Crypto("BIO_new");
        BioFree = (delegate* unmanaged<nint, int>)Crypto("BIO_free");
        BioSetInit = (delegate* unmanaged<nint, int, void>)Crypto("BIO_set_init");
        BioSetData = (delegate* unmanaged<nint, nint, void>)Crypto("BIO_set_data");
        BioGetData = (delegate* unmanaged<nint, nint>)Crypto("BIO_get_data");
        BioSetFlags = (delegate* unmanaged<nint, int, void>)Crypto("BIO_set_flags");
        BioClearFlags = (delegate* unmanaged<nint, int, void>)Crypto("BIO_clear_flags");
        BioAddressNew = (delegate* unmanaged<nint>)Crypto("BIO_ADDR_new");
        BioAddressFree = (delegate* unmanaged<nint, void>)Crypto("BIO_ADDR_free");
        CertificateOf = (delegate* unmanaged<nint, byte**, CLong, nint>)Crypto("d2i_X509");
        CertificateBytes = (delegate* unmanaged<nint, byte**, int>)Crypto("i2d_X509");
        CertificateFree = (delegate* unmanaged<nint, void>)Crypto("X509_free");
        StoreAdd = (delegate* unmanaged<nint, nint, int>)Crypto("X509_STORE_add_cert");
        VerifyAddress = (delegate* unmanaged<nint, byte*, int>)Crypto("X509_VERIFY_PARAM_set1_ip_asc");
        VerifyErrorText = (delegate* unmanaged<CLong, byte*>)Crypto("X509_verify_cert_error_string");
        ErrorClear = (delegate* unmanaged<void>)Crypto("ERR_clear_error");
        ErrorGet = (delegate* unmanaged<CULong>)Crypto("ERR_get_error");
        ErrorText = (delegate* unmanaged<CULong, byte*, nuint, void>)Crypto("ERR_error_string_n");
        DatagramMethod = DatagramBio.CreateMethod(this);
    }

    /// <summary>OpenSSL as it was found; loaded by the first who asks.</summary>
    /// <exception cref="CoapException">It is not on this machine.</exception>
    public static OpenSsl Instance => Loaded.Value;

    public readonly delegate* unmanaged<nint> DtlsMethod;
    public readonly delegate* unmanaged<nint, nint> ContextNew;
    public readonly delegate* unmanaged<nint, void> ContextFree;
    public readonly delegate* unmanaged<nint, int, CLong, nint, CLong> ContextControl;
    public readonly delegate* unmanaged<nint, ulong, ulong> ContextSetOptions;
    public readonly delegate* unmanaged<nint, byte*, int> ContextSetCipherList;
    public readonly delegate* unmanaged<nint, byte*, uint, int> ContextSetSessionIdContext;
    public readonly delegate* unmanaged<nint, CLong, CLong> ContextSetTimeout;
    public readonly delegate* unmanaged<nint, int, nint, void> ContextSetVerify;
    public readonly delegate* unmanaged<nint, int> ContextSetDefaultVerifyPaths;
    public readonly delegate* unmanaged<nint, nint> ContextGetCertStore;
    public readonly delegate* unmanaged<nint, int, byte*, int> ContextUseCertificate;
    public readonly delegate* unmanaged<int, nint, byte*, CLong, int> ContextUsePrivateKey;
    public readonly delegate* unmanaged<nint, byte*, int> ContextUsePskHint;
    public readonly delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, byte*, uint, uint>, void> ContextSetPskServer;
    public readonly delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, byte*, uint, byte*, uint, uint>, void> ContextSetPskClient;
    public readonly delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, uint*, int>, void> ContextSetCookieGenerate;
    public readonly delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, uint, int>, void> ContextSetCookieVerify;
    public readonly delegate* unmanaged<nint, nint> New;
    public readonly delegate* unmanaged<nint, void> Free;
    public readonly delegate* unmanaged<nint, nint, nint, void> SetBio;
    public readonly delegate* unmanaged<nint, void> SetConnectState;
    public readonly delegate* unmanaged<nint, void> SetAcceptState;
    public readonly delegate* unmanaged<nint, int, nint, int> SetExData;
    public readonly delegate* unmanaged<nint, int, nint> GetExData;
    public readonly delegate* unmanaged<nint, int, CLong, nint, CLong> Control;
    public readonly delegate* unmanaged<nint, nint, int> Listen;
    public readonly delegate* unmanaged<nint, int> DoHandshake;
    public readonly delegate* unmanaged<nint, byte*, int, int> Read;
    public readonly delegate* unmanaged<nint, byte*, int, int> Write;
    public readonly delegate* unmanaged<nint, int> Shutdown;
    public readonly delegate* unmanaged<nint, int, int> GetError;
    public readonly delegate* unmanaged<nint, nint> Get1Session;
    public readonly delegate* unmanaged<nint, nint, int> SetSession;
    public readonly delegate* unmanaged<nint, void> SessionFree;
    public readonly delegate* unmanaged<nint, int> SessionReused;
    public readonly delegate* unmanaged<nint, byte*> GetPskIdentity;
    public readonly delegate* unmanaged<nint, nint> GetVerifyParameters;
    public readonly delegate* unmanaged<nint, byte*, int> SetHost;
    public readonly delegate* unmanaged<nint, CLong> GetVerifyResult;
    public readonly delegate* unmanaged<nint, nint> GetPeerCertificate;
    public readonly delegate* unmanaged<int, byte*, nint> BioMethodNew;
    public readonly delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, int, int>, int> BioMethodSetRead;
    public readonly delegate* unmanaged<nint, delegate* unmanaged<nint, byte*, int, int>, int> BioMethodSetWrite;
    public readonly delegate* unmanaged<nint, delegate* unmanaged<nint, int, CLong, nint, CLong>, int> BioMethodSetControl;
    public readonly delegate* unmanaged<nint, nint> BioNew;
    public readonly delegate* unmanaged<nint, int> BioFree;
    public readonly delegate* unmanaged<nint, int, void> BioSetInit;
    public readonly delegate* unmanaged<nint, nint, void> BioSetData;
    public readonly delegate* unmanaged<nint, nint> BioGetData;
    public readonly delegate* unmanaged<nint, int, void> BioSetFlags;
    public readonly delegate* unmanaged<nint, int, void> BioClearFlags;
    public readonly delegate* unmanaged<nint> BioAddressNew;
    public readonly delegate* unmanaged<nint, void> BioAddressFree;
    public readonly delegate* unmanaged<nint, byte**, CLong, nint> CertificateOf;
    public readonly delegate* unmanaged<nint, byte**, int> CertificateBytes;
    public readonly delegate* unmanaged<nint, void> CertificateFree;
    public readonly delegate* unmanaged<nint, nint, int> StoreAdd;
    public readonly delegate* unmanaged<nint, byte*, int> VerifyAddress;
    public readonly delegate* unmanaged<CLong, byte*> VerifyErrorText;
    public readonly delegate* unmanaged<void> ErrorClear;
    public readonly delegate* unmanaged<CULong> ErrorGet;
    public readonly delegate* unmanaged<CULong, byte*, nuint, void> ErrorText;

    /// <summary>How an SSL object reads and writes datagrams; never freed, as the library is not.</summary>
    public nint DatagramMethod { get; }

    /// <summary>Loads the first of some libraries that is there.</summary>
    /// <exception cref="CoapException">None is, or it lacks a function.</exception>
    public static OpenSsl Load(IReadOnlyList<(string Ssl, string Crypto)> names)
    {
        foreach ((string ssl, string crypto) in names)
        {
            if (NativeLibrary.TryLoad(crypto, out nint cryptoLibrary))
            {
                if (NativeLibrary.TryLoad(ssl, out nint sslLibrary))
                {
                    return new OpenSsl(sslLibrary, cryptoLibrary);
                }

                NativeLibrary.Free(cryptoLibrary);
            }
        }

        throw new CoapException(
            $"DTLS (coaps) needs OpenSSL 3 or 1.1 on this machine, and none of {string.Join(", ", names.Select(static pair => pair.Ssl))} can be loaded: install it (Debian: apt-get install libssl3), or use coap, or coaps+tcp, which needs none.");
    }

    /// <summary>What has gone wrong last on this thread, in OpenSSL's words; and forgets it.</summary>
    public string TakeError()
    {
        string text = "no reason given";
        byte* buffer = stackalloc byte[256];
        CULong code;
        while ((code = ErrorGet()).Value != 0)
        {
            ErrorText(code, buffer, 256);
            text = Marshal.PtrToStringUTF8((nint)buffer)!;
        }

        return text;
    }

    private nint Ssl(string name) => Find(_ssl, name);

    private nint Crypto(string name) => Find(_crypto, name);

    private static nint Find(nint library, string name) =>
        NativeLibrary.TryGetExport(library, name, out nint found) ? found : throw new CoapException($"The OpenSSL of this machine has no {name}: DTLS (coaps) needs OpenSSL 3 or 1.1.");
}
