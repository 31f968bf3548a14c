using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Dtls;

/// <summary>
/// One end of a session with a peer: an SSL object between datagrams and what they say. Thread-safe: the object is used by one thread at a time. Replayed datagrams are OpenSSL's to drop.
/// </summary>
internal sealed unsafe class DtlsSession : IDisposable
{
    private const int ErrorWantRead = 2;
    private const int ErrorWantWrite = 3;

    private readonly Lock _lock = new();
    private readonly DatagramTransport _below;
    private readonly SslHandle _ssl;
    private readonly TimeProvider _time;
    private GCHandle _self;
    private byte* _datagram;
    private int _length;

    private DtlsSession(DtlsContext context, DatagramTransport below, TimeProvider time)
    {
        Context = context;
        _below = below;
        _time = time;
        OpenSsl openSsl = context.OpenSsl;
        _ssl = new SslHandle(openSsl.New(context.Handle));
        if (_ssl.IsInvalid)
        {
            throw new CoapException($"OpenSSL cannot make a session: {openSsl.TakeError()}");
        }

        const int SetMtu = 17;
        _self = GCHandle.Alloc(this);
        nint self = GCHandle.ToIntPtr(_self);
        _ = openSsl.SetExData(Ssl, 0, self);
        openSsl.SetBio(Ssl, DatagramBio.Create(openSsl, self), DatagramBio.Create(openSsl, self));
        _ = openSsl.Control(Ssl, SetMtu, new CLong(DatagramBio.Mtu), 0);
        Begun = Heard = time.GetTimestamp();
    }

    public DtlsContext Context { get; }

    /// <summary>Where the other end is; of a listening session, of whom it has heard last.</summary>
    public PeerAddress Peer { get; private set; }

    /// <summary>What tells it from others with the same peer.</summary>
    public uint Number { get; private set; }

    /// <summary>A client's key, if it has one.</summary>
    public CoapPreSharedKey? Key { get; private init; }

    public DtlsState State { get; private set; }

    /// <summary>Who the peer is, once that is established; null if it has shown nothing.</summary>
    public CoapIdentity? Identity { get; private set; }

    /// <summary>Why it was closed; null if it was not, or in order.</summary>
    public string? Failure { get; private set; }

    /// <summary>Whether it was taken up again, and not begun anew.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>When it began, and when it last heard something that was the peer's.</summary>
    public long Begun { get; private set; }

    public long Heard { get; private set; }

    /// <summary>Whether what is read is to be read again. OpenSSL's.</summary>
    public bool IsPeeking { get; set; }

    private nint Ssl => _ssl.DangerousGetHandle();

    /// <summary>The session that an SSL object belongs to.</summary>
    public static DtlsSession Of(nint ssl) => (DtlsSession)GCHandle.FromIntPtr(OpenSsl.Instance.GetExData(ssl, 0)).Target!;

    /// <summary>A server's session that waits for somebody.</summary>
    public static DtlsSession Listening(DtlsContext context, DatagramTransport below, TimeProvider time)
    {
        var session = new DtlsSession(context, below, time);
        context.OpenSsl.SetAcceptState(session.Ssl);
        return session;
    }

    /// <summary>A client's session that has not begun yet.</summary>
    /// <param name="context">What sessions have in common.</param>
    /// <param name="below">Takes its datagrams.</param>
    /// <param name="time">The clock.</param>
    /// <param name="peer">The server.</param>
    /// <param name="key">The key; null if certificates are what counts.</param>
    /// <param name="name">The name that the server's certificate has to bear.</param>
    /// <param name="former">What it is taken up again with; null to begin anew.</param>
    public static DtlsSession To(
        DtlsContext context, DatagramTransport below, TimeProvider time, in PeerAddress peer, CoapPreSharedKey? key, string name, SslSessionHandle? former)
    {
        var session = new DtlsSession(context, below, time) { Key = key, Peer = peer };
        OpenSsl openSsl = context.OpenSsl;
        openSsl.SetConnectState(session.Ssl);
        if (key is null)
        {
            const int SetServerName = 55;
            fixed (byte* text = DtlsContext.Terminated(name))
            {
                if (IPAddress.TryParse(name, out _))
                {
                    _ = openSsl.VerifyAddress(openSsl.GetVerifyParameters(session.Ssl), text);
                }
                else
                {
                    _ = openSsl.SetHost(session.Ssl, text);
                    _ = openSsl.Control(session.Ssl, SetServerName, default, (nint)text);
                }
            }
        }

        if (former is not null)
        {
            _ = openSsl.SetSession(session.Ssl, former.DangerousGetHandle());
            GC.KeepAlive(former);
        }

        return session;
    }

    /// <summary>Answers a first message: with a cookie, or, if it bears one, by becoming the session with its peer.</summary>
    /// <returns>Whether it has.</returns>
    public bool TryAccept(in PeerAddress from, ReadOnlySpan<byte> datagram, uint number)
    {
        lock (_lock)
        {
            if (State == DtlsState.Closed)
            {
                return false;
            }

            OpenSsl openSsl = Context.OpenSsl;
            Peer = from;
            nint address = openSsl.BioAddressNew();
            fixed (byte* bytes = datagram)
            {
                Lay(bytes, datagram.Length);
                openSsl.ErrorClear();
                int accepted = openSsl.Listen(Ssl, address);
                Lay(null, 0);
                openSsl.BioAddressFree(address);
                openSsl.ErrorClear();
                if (accepted <= 0)
                {
                    return false;
                }
            }

            Number = number;
            Begun = Heard = _time.GetTimestamp();
            Handshake();
            return true;
        }
    }

    /// <summary>A client's first message.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            Begun = _time.GetTimestamp();
            Handshake();
        }
    }

    /// <summary>Takes a datagram, or, if it is empty, what the last one has left.</summary>
    /// <param name="datagram">The datagram.</param>
    /// <param name="plain">Room for what it says.</param>
    /// <returns>The length of what it says; 0 if that is nothing, or no more.</returns>
    public int Receive(ReadOnlySpan<byte> datagram, Span<byte> plain)
    {
        lock (_lock)
        {
            if (State == DtlsState.Closed)
            {
                return 0;
            }

            fixed (byte* bytes = datagram)
            {
                Lay(bytes, datagram.Length);
                try
                {
                    if (State == DtlsState.Handshake)
                    {
                        Handshake();
                    }

                    return State == DtlsState.Established ? Read(plain) : 0;
                }
                finally
                {
                    Lay(null, 0);
                }
            }
        }
    }

    /// <summary>Encrypts and sends, or loses it if there is no session.</summary>
    public void Send(ReadOnlySpan<byte> plain)
    {
        lock (_lock)
        {
            if (State != DtlsState.Established || plain.IsEmpty)
            {
                return;
            }

            fixed (byte* bytes = plain)
            {
                Context.OpenSsl.ErrorClear();
                int written = Context.OpenSsl.Write(Ssl, bytes, plain.Length);
                if (written <= 0)
                {
                    Judge(written);
                }
            }
        }
    }

    /// <summary>Sends the last messages of the handshake again, if it is time to.</summary>
    public void OnTimer()
    {
        lock (_lock)
        {
            if (State == DtlsState.Handshake)
            {
                const int HandleTimeout = 74;
                Context.OpenSsl.ErrorClear();
                if (Context.OpenSsl.Control(Ssl, HandleTimeout, default, 0).Value < 0)
                {
                    Fail($"the peer does not answer ({Context.OpenSsl.TakeError()})");
                }
            }
        }
    }

    /// <summary>What a client can take the session up again with; null if there is nothing.</summary>
    public SslSessionHandle? TakeResumption()
    {
        lock (_lock)
        {
            nint session = State == DtlsState.Established ? Context.OpenSsl.Get1Session(Ssl) : 0;
            return session == 0 ? null : new SslSessionHandle(session);
        }
    }

    /// <summary>Closes it.</summary>
    /// <param name="isTold">Whether the peer is told.</param>
    public void Close(bool isTold)
    {
        lock (_lock)
        {
            if (isTold && State == DtlsState.Established)
            {
                Context.OpenSsl.ErrorClear();
                _ = Context.OpenSsl.Shutdown(Ssl);
                Context.OpenSsl.ErrorClear();
            }

            State = DtlsState.Closed;
            if (_self.IsAllocated)
            {
                _ssl.Dispose();
                _self.Free();
            }
        }
    }

    public void Dispose() => Close(isTold: false);

    /// <summary>Hands OpenSSL what has come.</summary>
    /// <returns>The length; -1 if there is nothing.</returns>
    internal int TakeDatagram(Span<byte> buffer)
    {
        if (_datagram == null || _length == 0)
        {
            return -1;
        }

        int length = Math.Min(_length, buffer.Length);
        new ReadOnlySpan<byte>(_datagram, length).CopyTo(buffer);
        if (!IsPeeking)
        {
            _datagram = null;
        }

        return length;
    }

    internal void PutDatagram(ReadOnlySpan<byte> datagram) => _below.Send(Peer, datagram);

    /// <summary>Lays a datagram out for OpenSSL to read.</summary>
    private void Lay(byte* datagram, int length)
    {
        _datagram = datagram;
        _length = length;
    }

    private void Handshake()
    {
        Context.OpenSsl.ErrorClear();
        int result = Context.OpenSsl.DoHandshake(Ssl);
        if (result != 1)
        {
            Judge(result);
            return;
        }

        Identity = FindIdentity();
        IsResumed = Context.OpenSsl.SessionReused(Ssl) == 1;
        Heard = _time.GetTimestamp();
        State = DtlsState.Established;
        if (IsResumed && Context.Keys is { } keys && Identity is { Kind: CoapIdentityKind.PreSharedKey } identity && !HasKey(keys, identity.Name))
        {
            Fail("its key was taken from it since the session began");
        }
    }

    private static bool HasKey(Func<string, byte[]?> keys, string identity)
    {
        try
        {
            return keys(identity) is { Length: > 0 };
        }
        catch (Exception)
        {
            // As when it is looked up for a new session.
            return false;
        }
    }

    private int Read(Span<byte> plain)
    {
        fixed (byte* bytes = plain)
        {
            Context.OpenSsl.ErrorClear();
            int read = Context.OpenSsl.Read(Ssl, bytes, plain.Length);
            if (read > 0)
            {
                Heard = _time.GetTimestamp();
                return read;
            }

            Judge(read);
            return 0;
        }
    }

    private void Judge(int result)
    {
        const int ErrorClosed = 6;
        int error = Context.OpenSsl.GetError(Ssl, result);
        if (error is ErrorWantRead or ErrorWantWrite)
        {
            return;
        }

        if (error == ErrorClosed)
        {
            // Answered in kind; and OpenSSL lets nobody take up again what did not end in order.
            Close(isTold: true);
            return;
        }

        long verified = Context.OpenSsl.GetVerifyResult(Ssl).Value;
        string reason = Context.OpenSsl.TakeError();
        Fail(verified == 0 ? reason : $"{Marshal.PtrToStringUTF8((nint)Context.OpenSsl.VerifyErrorText(new CLong((nint)verified)))} ({reason})");
    }

    private void Fail(string reason)
    {
        Failure = reason;
        Close(isTold: false);
    }

    private CoapIdentity? FindIdentity()
    {
        OpenSsl openSsl = Context.OpenSsl;
        byte* identity = openSsl.GetPskIdentity(Ssl);
        if (identity != null && Context.Keys is not null)
        {
            return new CoapIdentity(CoapIdentityKind.PreSharedKey, Marshal.PtrToStringUTF8((nint)identity)!);
        }

        nint certificate = openSsl.GetPeerCertificate(Ssl);
        if (certificate == 0)
        {
            return null;
        }

        try
        {
            byte[] raw = new byte[openSsl.CertificateBytes(certificate, null)];
            fixed (byte* bytes = raw)
            {
                byte* at = bytes;
                _ = openSsl.CertificateBytes(certificate, &at);
            }

            using X509Certificate2 read = X509CertificateLoader.LoadCertificate(raw);
            return new CoapIdentity(CoapIdentityKind.Certificate, read.Subject);
        }
        finally
        {
            openSsl.CertificateFree(certificate);
        }
    }
}
