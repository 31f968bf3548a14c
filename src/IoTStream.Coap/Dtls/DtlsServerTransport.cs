using System.Net;
using System.Security.Cryptography;
using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Dtls;

/// <summary>
/// A server's datagrams over DTLS: a session with each peer that has shown where it is and who it is. Nothing is kept of others but one object that answers all of them with cookies.
/// </summary>
internal sealed class DtlsServerTransport : DatagramTransport
{
    private const int LargestRecord = 1 << 14;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly DatagramTransport _below;
    private readonly DtlsContext _context;
    private readonly CoapDtlsServerOptions _options;
    private readonly TimeProvider _time;
    private readonly Dictionary<PeerAddress, DtlsSession> _sessions = [];

    // Those that are not established yet; a peer that begins anew has one here besides its former one.
    private readonly Dictionary<PeerAddress, DtlsSession> _handshakes = [];
    private readonly byte[] _plain = new byte[LargestRecord];
    private readonly ITimer _timer;
    private readonly TimeSpan _sweep;
    private DatagramHandler? _handler;
    private DtlsSession _listening;
    private long _swept;
    private uint _number = (uint)RandomNumberGenerator.GetInt32(int.MaxValue);
    private long _established;
    private long _resumed;
    private long _failed;
    private long _refused;
    private long _discarded;
    private bool _isClosed;

    /// <param name="below">Carries the datagrams; the transport's from now on.</param>
    /// <param name="context">What sessions have in common; the transport's from now on.</param>
    /// <param name="options">What bounds it.</param>
    /// <param name="time">The clock.</param>
    public DtlsServerTransport(DatagramTransport below, DtlsContext context, CoapDtlsServerOptions options, TimeProvider time)
    {
        _below = below;
        _context = context;
        _options = options;
        _time = time;
        _listening = DtlsSession.Listening(context, below, time);
        _sweep = TimeSpan.FromTicks(Math.Max(options.IdleTimeout.Ticks / 16, Tick.Ticks));
        _swept = time.GetTimestamp();
        _timer = time.CreateTimer(static transport => ((DtlsServerTransport)transport!).OnTimer(), this, Tick, Tick);
    }

    /// <inheritdoc/>
    public override IPEndPoint LocalEndPoint => _below.LocalEndPoint;

    /// <inheritdoc/>
    public override bool ValidatesPeers => true;

    public CoapDtlsStatistics Statistics
    {
        get
        {
            lock (_lock)
            {
                return new CoapDtlsStatistics(_sessions.Count, _handshakes.Count, _established, _resumed, _failed, _refused, _discarded, _context.UnknownIdentities);
            }
        }
    }

    /// <inheritdoc/>
    public override PeerAddress AddressOf(IPEndPoint endPoint) => _below.AddressOf(endPoint);

    /// <inheritdoc/>
    public override CoapIdentity? IdentityOf(in PeerAddress peer) => Find(peer)?.Identity;

    /// <inheritdoc/>
    public override void Start(DatagramHandler handler)
    {
        _handler = handler;
        _below.Start(Receive);
    }

    /// <inheritdoc/>
    public override void Send(in PeerAddress to, ReadOnlySpan<byte> datagram)
    {
        DtlsSession? session = Find(to);
        session?.Send(datagram);
        if (session?.State == DtlsState.Closed)
        {
            Remove(session);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        DtlsSession[] established;
        lock (_lock)
        {
            _isClosed = true;
            established = [.. _sessions.Values];
        }

        // Nothing comes or goes to sessions any more, but for the good-bye.
        foreach (DtlsSession session in established)
        {
            session.Close(isTold: true);
        }

        await _below.DisposeAsync().ConfigureAwait(false);
        foreach (DtlsSession session in _sessions.Values.Concat(_handshakes.Values).Append(_listening))
        {
            session.Dispose();
        }

        _context.Dispose();
    }

    private DtlsSession? Find(in PeerAddress peer)
    {
        lock (_lock)
        {
            return _sessions.GetValueOrDefault(peer with { Session = 0 }) is { } session && session.Number == peer.Session ? session : null;
        }
    }

    private void Receive(in PeerAddress from, ReadOnlySpan<byte> datagram, bool isMulticast)
    {
        DtlsSession? session;
        DtlsSession? handshake;
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            session = _sessions.GetValueOrDefault(from);
            handshake = _handshakes.GetValueOrDefault(from);
        }

        if (handshake is null && DtlsRecord.IsFirstMessage(datagram))
        {
            Accept(from, datagram);
            return;
        }

        if (handshake is null && session is null)
        {
            Interlocked.Increment(ref _discarded);
            return;
        }

        // What is encrypted may be of the former session or of the one that is about to follow it; the other one drops it.
        if (session is not null && (handshake is null || DtlsRecord.IsEncrypted(datagram)))
        {
            Deliver(session, datagram);
        }

        if (handshake is not null)
        {
            Deliver(handshake, datagram);
        }
    }

    private void Accept(in PeerAddress from, ReadOnlySpan<byte> datagram)
    {
        lock (_lock)
        {
            if (_handshakes.Count >= _options.MaximumHandshakes || (_sessions.Count + _handshakes.Count >= _options.MaximumSessions && !_sessions.ContainsKey(from)))
            {
                _refused++;
                return;
            }
        }

        if (!_listening.TryAccept(from, datagram, ++_number))
        {
            return;
        }

        DtlsSession session = _listening;
        _listening = DtlsSession.Listening(_context, _below, _time);
        lock (_lock)
        {
            _handshakes.Add(from, session);
        }

        Settle(session);
    }

    private void Deliver(DtlsSession session, ReadOnlySpan<byte> datagram)
    {
        int length = session.Receive(datagram, _plain);
        Settle(session);
        while (length > 0)
        {
            _handler!(session.Peer with { Session = session.Number }, _plain.AsSpan(0, length), isMulticast: false);
            length = session.Receive(default, _plain);
        }

        if (session.State == DtlsState.Closed)
        {
            Remove(session);
        }
    }

    /// <summary>Takes a session from those that are not established to those that are, or from both.</summary>
    private void Settle(DtlsSession session)
    {
        DtlsState state = session.State;
        if (state == DtlsState.Handshake)
        {
            return;
        }

        if (state == DtlsState.Closed)
        {
            Remove(session);
            return;
        }

        DtlsSession? former = null;
        lock (_lock)
        {
            if (_handshakes.TryGetValue(session.Peer, out DtlsSession? found) && ReferenceEquals(found, session))
            {
                _handshakes.Remove(session.Peer);
                _sessions.Remove(session.Peer, out former);
                _sessions.Add(session.Peer, session);
                _established++;
                _resumed += session.IsResumed ? 1 : 0;
            }
        }

        former?.Dispose();
    }

    private void Remove(DtlsSession session)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            if (_handshakes.TryGetValue(session.Peer, out DtlsSession? found) && ReferenceEquals(found, session))
            {
                _handshakes.Remove(session.Peer);
                _failed++;
            }
            else if (_sessions.TryGetValue(session.Peer, out found) && ReferenceEquals(found, session))
            {
                _sessions.Remove(session.Peer);
            }
        }

        session.Dispose();
    }

    private void OnTimer()
    {
        DtlsSession[] handshakes;
        DtlsSession[] sessions = [];
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            handshakes = _handshakes.Count == 0 ? [] : [.. _handshakes.Values];
            if (_time.GetElapsedTime(_swept) >= _sweep)
            {
                _swept = _time.GetTimestamp();
                sessions = [.. _sessions.Values];
            }
        }

        foreach (DtlsSession session in handshakes)
        {
            session.OnTimer();
            if (session.State == DtlsState.Closed || (session.State == DtlsState.Handshake && _time.GetElapsedTime(session.Begun) >= _options.HandshakeTimeout))
            {
                Remove(session);
            }
        }

        foreach (DtlsSession session in sessions)
        {
            if (_time.GetElapsedTime(session.Heard) >= _options.IdleTimeout)
            {
                session.Close(isTold: true);
                Remove(session);
            }
        }
    }
}
