using System.Net;
using System.Net.Sockets;
using IoTStream.Coap.Dtls;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Server;
using IoTStream.Coap.Streams;

namespace IoTStream.Coap;

/// <summary>A CoAP server (RFC 7252) with the resources that it is given, which it lists in <c>/.well-known/core</c>.</summary>
/// <remarks>
/// Thread-safe. Bodies come and go in blocks where they are larger than a datagram (RFC 7959). What comes again is recognised and answered as before. Malformed datagrams are counted, and answered as the
/// specification says. Everything it remembers is bounded by <see cref="CoapServerOptions"/>.
/// </remarks>
public sealed partial class CoapServer : IAsyncDisposable
{
    private readonly CoapServerOptions _options;
    private readonly Dispatcher _dispatcher;
    private readonly MessageLayer _messages;
    private readonly WorkLimit _work;
    private readonly ObserverLimit _observers;
    private readonly CancellationTokenSource _stopping = new();
    private readonly MessageLimits _limits;
    private DtlsServerTransport? _sessions;
    private MessageLayer? _dtls;
    private StreamListener? _tcp;
    private StreamListener? _tls;
    private int _disposed;

    internal CoapServer(CoapServerOptions options, DatagramTransport transport, Randomness randomness)
    {
        _options = options;
        _dispatcher = new Dispatcher(options);
        _observers = new ObserverLimit(options.MaximumObservers);
        _work = new WorkLimit(options.MaximumPending);
        _limits = new MessageLimits(options.MaximumExchanges, options.MaximumPeers, Waiting: 64, Requests: 0, options.MaximumAmplification);
        _messages = new MessageLayer(transport, options.Transmission, _limits, options.TimeProvider, randomness, _dispatcher.Handle);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _messages.LocalEndPoint;

    /// <summary>Where it speaks DTLS; null if it does not.</summary>
    public IPEndPoint? DtlsEndPoint => _dtls?.LocalEndPoint;

    /// <summary>What its DTLS has done; nothing if it has none.</summary>
    public CoapDtlsStatistics DtlsStatistics => _sessions?.Statistics ?? default;

    /// <summary>Where it takes connections without encryption; null if it does not.</summary>
    public IPEndPoint? TcpEndPoint => _tcp?.EndPoint;

    /// <summary>Where it takes connections with TLS; null if it does not.</summary>
    public IPEndPoint? TlsEndPoint => _tls?.EndPoint;

    /// <summary>What it has done.</summary>
    public CoapServerStatistics Statistics
    {
        get
        {
            CoapServerStatistics open = StatisticsOf(_messages);
            if (_dtls is null)
            {
                return open with { Refused = open.Refused + _work.Refused, Challenged = _dispatcher.Challenged, Failed = _work.Failed };
            }

            CoapServerStatistics secure = StatisticsOf(_dtls);
            return new CoapServerStatistics(
                open.Received + secure.Received,
                open.Sent + secure.Sent,
                open.Malformed + secure.Malformed,
                open.Foreign + secure.Foreign,
                open.Duplicates + secure.Duplicates,
                open.Repetitions + secure.Repetitions,
                open.Unanswered + secure.Unanswered,
                open.Refused + secure.Refused + _work.Refused,
                _dispatcher.Challenged,
                open.Withheld + secure.Withheld,
                _work.Failed,
                open.ForgottenEarly + secure.ForgottenEarly,
                open.Remembered + secure.Remembered,
                open.Peers + secure.Peers);
        }
    }

    internal Dispatcher Dispatcher => _dispatcher;

    internal CoapTransmission Transmission => _options.Transmission;

    /// <summary>Starts a server. Resources can be added before and after devices speak to it; what has no resource is answered with 4.04.</summary>
    /// <param name="options">Where it listens, and what bounds it.</param>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    /// <exception cref="SocketException">The port is taken, or the address is none of this machine.</exception>
    public static CoapServer Start(CoapServerOptions options)
    {
        CoapServer server = Create(options);
        server.Listen();
        return server;
    }

    /// <summary>Adds a resource that a function answers for.</summary>
    /// <param name="template">Its path, such as <c>config/{device}</c>: a name in braces stands for any one segment. Where several match, the one with more given segments is meant.</param>
    /// <param name="handler">Answers; for every method.</param>
    /// <param name="description">What is said of it in <c>/.well-known/core</c>; by default its path.</param>
    /// <exception cref="ArgumentException">The template or the description is not valid, or there is such a resource already.</exception>
    public void Map(string template, CoapHandler handler, CoapResourceOptions? description = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        description ??= new CoapResourceOptions();
        description.Validate();
        _dispatcher.Routes.Add(PathTemplate.Parse(template), new HandlerResource(handler, description, _work, _stopping.Token));
    }

    /// <summary>Adds a resource that is a value, which clients can read and observe (RFC 7641).</summary>
    /// <param name="path">Its path, without names in braces.</param>
    /// <param name="description">What is said of it in <c>/.well-known/core</c>; by default its path.</param>
    /// <returns>Sets the value; as long as it is not set, the resource is answered with 4.04.</returns>
    /// <exception cref="ArgumentException">The path or the description is not valid, or there is such a resource already.</exception>
    public CoapValue MapValue(string path, CoapResourceOptions? description = null)
    {
        PathTemplate template = PathTemplate.Parse(path);
        OptionCheck.That(template.IsLiteral, nameof(path), "is of one value, and so has no names in braces");
        description ??= new CoapResourceOptions();
        description.Validate();
        var resource = new ValueResource(description, _observers, _options.TimeProvider);
        _dispatcher.Routes.Add(template, resource);
        return new CoapValue(resource);
    }

    /// <summary>Stops it. What handlers still work at is not answered.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            await _messages.DisposeAsync().ConfigureAwait(false);
            if (_dtls is not null)
            {
                await _dtls.DisposeAsync().ConfigureAwait(false);
            }

            foreach (StreamListener? listener in (StreamListener?[])[_tcp, _tls])
            {
                if (listener is not null)
                {
                    await listener.DisposeAsync().ConfigureAwait(false);
                }
            }

            _stopping.Dispose();
        }
    }

    /// <summary>Binds a server that does not listen yet.</summary>
    internal static CoapServer Create(CoapServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        UdpTransport transport = UdpTransport.Bind(new IPEndPoint(options.Address, options.Port), options.ReceiveBufferSize, hasThread: true);
        var server = new CoapServer(options, transport, new Randomness());
        try
        {
            foreach (IPAddress group in options.Groups)
            {
                transport.Join(group, options.ReceiveBufferSize);
            }

            if (options.Dtls.Port is { } port)
            {
                server.BindDtls(port);
            }

            server._tcp = server.Bind(options.Tcp.Port, isTls: false);
            server._tls = server.Bind(options.Tcp.TlsPort, isTls: true);
            return server;
        }
        catch
        {
            _ = server.DisposeAsync().AsTask();
            throw;
        }
    }

    internal void Listen()
    {
        _messages.Start();
        _dtls?.Start();
        _tcp?.Start();
        _tls?.Start();
    }

    private static CoapServerStatistics StatisticsOf(MessageLayer messages)
    {
        MessageCounters counters = messages.Counters;
        return new CoapServerStatistics(
            counters.Received,
            counters.Sent,
            counters.Malformed,
            counters.Foreign,
            counters.Duplicates,
            counters.Repetitions,
            counters.Unanswered,
            counters.Refused,
            Challenged: 0,
            counters.Withheld,
            Failed: 0,
            messages.ForgottenEarly,
            messages.RememberedExchanges,
            messages.KnownPeers);
    }

    private void BindDtls(int port)
    {
        DtlsContext context = DtlsContext.ForServer(_options.Dtls, _options.TimeProvider);
        try
        {
            UdpTransport below = UdpTransport.Bind(new IPEndPoint(_options.Address, port), _options.ReceiveBufferSize, hasThread: true);
            _sessions = new DtlsServerTransport(below, context, _options.Dtls, _options.TimeProvider);
        }
        catch
        {
            context.Dispose();
            throw;
        }

        _dtls = new MessageLayer(_sessions, _options.Transmission, _limits, _options.TimeProvider, new Randomness(), _dispatcher.Handle);
    }

    private StreamListener? Bind(int? port, bool isTls) =>
        port is { } number ? new StreamListener(new IPEndPoint(_options.Address, number), _options.Tcp, isTls, _dispatcher.Handle, _options.TimeProvider) : null;
}
