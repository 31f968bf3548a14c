using System.Net;
using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Dtls;

/// <summary>A client's datagrams over DTLS: one session with one server. When it is over, however it ends, it stays so.</summary>
internal sealed class DtlsClientTransport : DatagramTransport
{
    private const int LargestRecord = 1 << 14;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly DatagramTransport _below;
    private readonly DtlsSession _session;
    private readonly CoapDtlsClientOptions _options;
    private readonly TimeProvider _time;
    private readonly PeerAddress _peer;
    private readonly byte[] _plain = new byte[LargestRecord];
    private readonly TaskCompletionSource _established = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _disposal = new();
    private readonly ITimer _timer;

    // When the first datagram went that nothing has come after; 0 if something has.
    private long _unansweredSince;
    private Task? _disposing;
    private volatile DatagramHandler? _handler;

    /// <param name="below">Carries the datagrams; the transport's from now on.</param>
    /// <param name="session">Makes the session over it; the transport's from now on.</param>
    /// <param name="peer">The server.</param>
    /// <param name="options">Its times.</param>
    /// <param name="time">The clock.</param>
    public DtlsClientTransport(DatagramTransport below, Func<DatagramTransport, DtlsSession> session, in PeerAddress peer, CoapDtlsClientOptions options, TimeProvider time)
    {
        _below = below;
        _peer = peer;
        _options = options;
        _time = time;
        _session = session(below);
        _timer = time.CreateTimer(static transport => ((DtlsClientTransport)transport!).OnTimer(), this, Tick, Tick);
    }

    /// <inheritdoc/>
    public override IPEndPoint LocalEndPoint => _below.LocalEndPoint;

    /// <inheritdoc/>
    public override bool ValidatesPeers => true;

    /// <inheritdoc/>
    public override bool IsClosed => _session.State == DtlsState.Closed;

    /// <summary>Ends when the session does.</summary>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public override PeerAddress AddressOf(IPEndPoint endPoint) => _below.AddressOf(endPoint);

    /// <summary>Whether the session was taken up again.</summary>
    public bool IsResumed => _session.IsResumed;

    /// <summary>Establishes the session.</summary>
    /// <exception cref="CoapException">The server does not answer, or refuses, or is not who it has to be.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _below.Start(Receive);
        _session.Begin();
        Look();
        await _established.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Start(DatagramHandler handler) => _handler = handler;

    /// <inheritdoc/>
    public override void Send(in PeerAddress to, ReadOnlySpan<byte> datagram)
    {
        Interlocked.CompareExchange(ref _unansweredSince, Math.Max(1, _time.GetTimestamp()), 0);
        _session.Send(datagram);
        Look();
    }

    /// <summary>What the session can be taken up again with.</summary>
    public SslSessionHandle? TakeResumption() => _session.TakeResumption();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        // By whoever owns it, and by the end of the session.
        lock (_disposal)
        {
            return new ValueTask(_disposing ??= CloseAsync());
        }
    }

    private async Task CloseAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _session.Close(isTold: true);
        Look();
        await _below.DisposeAsync().ConfigureAwait(false);
    }

    private void Receive(in PeerAddress from, ReadOnlySpan<byte> datagram, bool isMulticast)
    {
        if (from != _peer)
        {
            return;
        }

        int length = _session.Receive(datagram, _plain);
        Look();
        while (length > 0)
        {
            Interlocked.Exchange(ref _unansweredSince, 0);
            _handler?.Invoke(from, _plain.AsSpan(0, length), isMulticast: false);
            length = _session.Receive(default, _plain);
        }

        Look();
    }

    private void OnTimer()
    {
        _session.OnTimer();
        if (_session.State == DtlsState.Handshake && _time.GetElapsedTime(_session.Begun) >= _options.HandshakeTimeout)
        {
            _session.Close(isTold: false);
        }

        long since = Interlocked.Read(ref _unansweredSince);
        if (since != 0 && _time.GetElapsedTime(since) >= _options.SilenceTimeout)
        {
            _session.Close(isTold: true);
        }

        Look();
    }

    /// <summary>Tells those who wait how far the session is.</summary>
    private void Look()
    {
        switch (_session.State)
        {
            case DtlsState.Established:
                _established.TrySetResult();
                break;
            case DtlsState.Closed:
                _established.TrySetException(new CoapException(_session.Failure ?? "there is no answer, or the key is wrong"));
                _ended.TrySetResult();
                break;
            default:
                break;
        }
    }
}
