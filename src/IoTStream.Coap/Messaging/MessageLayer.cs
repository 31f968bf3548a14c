using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Messaging;

/// <summary>
/// The messages of RFC 7252, section 4, over datagrams: what is confirmable is repeated until it is acknowledged, what comes again is recognised, and what comes is brought to whom it is for.
/// Thread-safe. Handlers and senders are called without a lock held.
/// </summary>
internal sealed partial class MessageLayer : MessageChannel, IAsyncDisposable
{
    // A datagram that fits into any path of IPv6 (RFC 7252, section 4.6).
    private const int LargestDatagram = 1280 - 48;
    private const int Overhead = Message.HeaderSize + Token.MaximumLength;

    private readonly Lock _lock = new();
    private readonly DatagramTransport _transport;
    private readonly CoapTransmission _transmission;
    private readonly MessageLimits _limits;
    private readonly TimeProvider _time;
    private readonly Randomness _randomness;
    private readonly RequestHandler? _handler;
    private readonly PeerTable _peers;
    private readonly ExchangeMemory _exchanges;
    private readonly byte[] _scratch = new byte[ushort.MaxValue];

    /// <summary>Whether peers are taken to be where their datagrams say.</summary>
    private readonly bool _isTrusting;
    private bool _isClosed;

    /// <param name="transport">Takes datagrams to peers; the layer's from now on.</param>
    /// <param name="transmission">How messages are repeated.</param>
    /// <param name="limits">What bounds its memory.</param>
    /// <param name="time">The clock.</param>
    /// <param name="randomness">For tokens, identifiers and delays; the layer's from now on.</param>
    /// <param name="handler">Takes requests; null if this end answers none.</param>
    public MessageLayer(
        DatagramTransport transport, CoapTransmission transmission, MessageLimits limits, TimeProvider time, Randomness randomness, RequestHandler? handler)
    {
        _transport = transport;
        _transmission = transmission;
        _limits = limits;
        _time = time;
        _randomness = randomness;
        _handler = handler;
        _isTrusting = transport.ValidatesPeers || double.IsPositiveInfinity(limits.Amplification);
        _peers = new PeerTable(limits.Peers, randomness);
        _exchanges = new ExchangeMemory(limits.Exchanges, Ticks(transmission.ExchangeLifetime), MessageLimits.ReplyBytes);
        _timer = time.CreateTimer(static layer => ((MessageLayer)layer!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public MessageCounters Counters { get; } = new();

    /// <inheritdoc/>
    public override int MaximumBody => LargestDatagram - Overhead;

    /// <inheritdoc/>
    public override bool IsReliable => false;

    /// <inheritdoc/>
    public override bool IsClosed => _transport.IsClosed;

    /// <summary>How many messages of peers are remembered.</summary>
    public int RememberedExchanges
    {
        get
        {
            lock (_lock)
            {
                return _exchanges.Count;
            }
        }
    }

    /// <summary>How many were forgotten before their time.</summary>
    public long ForgottenEarly
    {
        get
        {
            lock (_lock)
            {
                return _exchanges.ForgottenEarly;
            }
        }
    }

    public int KnownPeers
    {
        get
        {
            lock (_lock)
            {
                return _peers.Count;
            }
        }
    }

    public System.Net.IPEndPoint LocalEndPoint => _transport.LocalEndPoint;

    public PeerAddress AddressOf(System.Net.IPEndPoint endPoint) => _transport.AddressOf(endPoint);

    /// <inheritdoc/>
    public override CoapIdentity? IdentityOf(in PeerAddress peer) => _transport.IdentityOf(peer);

    /// <summary>Begins to receive.</summary>
    public void Start() => _transport.Start(Receive);

    /// <inheritdoc/>
    public override long RoomFor(in PeerAddress peer)
    {
        if (_isTrusting)
        {
            return long.MaxValue;
        }

        lock (_lock)
        {
            return _peers.Find(peer) is { } known ? RoomFor(known) : 0;
        }
    }

    /// <inheritdoc/>
    public override void Validate(in PeerAddress peer)
    {
        lock (_lock)
        {
            _peers.Touch(peer).IsValidated = true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        CloseSenders();
    }

    private long RoomFor(Peer peer) =>
        _isTrusting || peer.IsValidated ? long.MaxValue : Math.Max(0, (long)(peer.BytesReceived * _limits.Amplification) - peer.BytesSent);

    /// <summary>Sends what was sent already, unless that could do harm to somebody else.</summary>
    private void SendAgain(Peer peer, ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length <= RoomFor(peer))
        {
            Send(peer, datagram);
        }
        else
        {
            Counters.Withheld++;
        }
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);

    private void Send(Peer peer, ReadOnlySpan<byte> datagram)
    {
        Counters.Sent++;
        peer.BytesSent += datagram.Length;
        _transport.Send(peer.Address, datagram);
    }

    private void SendEmpty(in PeerAddress to, MessageType type, ushort id)
    {
        Span<byte> datagram = stackalloc byte[Message.HeaderSize];
        _ = new MessageWriter(datagram, type, CoapCode.Empty, id, default);
        Counters.Sent++;
        _transport.Send(to, datagram);
    }
}
