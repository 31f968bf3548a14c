using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using IoTStream.Coap.Client;
using IoTStream.Coap.Dtls;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Streams;

namespace IoTStream.Coap;

/// <summary>A CoAP client: asks any number of servers from one socket, or over connections where the URI says so, and observes their resources.</summary>
/// <remarks>
/// Thread-safe. Confirmable requests are repeated until they are acknowledged, one at a time to each server as <see cref="CoapTransmission.NStart"/> says; bodies that do not fit into a datagram go and come in
/// blocks (RFC 7959); a server that wants to know where the client is (RFC 9175) is told.
/// </remarks>
public sealed partial class CoapClient : IAsyncDisposable
{
    private static readonly TimeSpan RetryAtFirst = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAtMost = TimeSpan.FromMinutes(1);

    private readonly CoapClientOptions _options;
    private readonly MessageLayer _messages;
    private readonly ClientConnections _connections;
    private readonly SecureConnections _sessions;
    private volatile bool _isDisposed;

    /// <summary>Creates a client. It sends from the moment when it is asked to.</summary>
    /// <param name="options">How it sends; by default <see cref="CoapClientOptions"/> as they are.</param>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The port is taken, or the address is none of this machine.</exception>
    public CoapClient(CoapClientOptions? options = null)
        : this(Validated(options ?? new CoapClientOptions()), transport: null, new Randomness())
    {
    }

    internal CoapClient(CoapClientOptions options, DatagramTransport? transport, Randomness randomness)
    {
        _options = options;
        _connections = new ClientConnections(options);
        _sessions = new SecureConnections(options, () => UdpTransport.Bind(new IPEndPoint(options.Address, 0), options.ReceiveBufferSize, hasThread: false));
        transport ??= UdpTransport.Bind(new IPEndPoint(options.Address, options.Port), options.ReceiveBufferSize, hasThread: false);
        var limits = new MessageLimits(Exchanges: 1 << 16, Peers: 1 << 12, options.MaximumWaiting, options.MaximumRequests);
        _messages = new MessageLayer(transport, options.Transmission, limits, options.TimeProvider, randomness, handler: null);
        _messages.Start();
    }

    /// <summary>Where it sends from.</summary>
    public IPEndPoint EndPoint => _messages.LocalEndPoint;

    internal MessageLayer Messages => _messages;

    /// <summary>Sends a request and waits for the answer, whatever its code is.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the waiting; the request may have been done all the same.</param>
    /// <exception cref="ArgumentException">The request is not valid.</exception>
    /// <exception cref="CoapException">There was no answer.</exception>
    public Task<CoapResponse> SendAsync(CoapRequest request, CancellationToken cancellationToken = default) => SendAsync(request, token: null, cancellationToken);

    /// <summary>Reads a resource.</summary>
    /// <param name="uri">The resource.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The URI is not one of CoAP.</exception>
    /// <exception cref="CoapException">There was no answer.</exception>
    public Task<CoapResponse> GetAsync(Uri uri, CancellationToken cancellationToken = default) => SendAsync(new CoapRequest { Uri = uri }, cancellationToken);

    /// <summary>Creates or replaces a resource.</summary>
    /// <param name="uri">The resource.</param>
    /// <param name="payload">What it is to be.</param>
    /// <param name="contentFormat">What that is.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The URI is not one of CoAP.</exception>
    /// <exception cref="CoapException">There was no answer.</exception>
    public Task<CoapResponse> PutAsync(Uri uri, ReadOnlyMemory<byte> payload, CoapContentFormat? contentFormat = null, CancellationToken cancellationToken = default) =>
        SendAsync(new CoapRequest { Uri = uri, Method = CoapCode.Put, Payload = payload, ContentFormat = contentFormat }, cancellationToken);

    /// <summary>Gives a resource something to process.</summary>
    /// <param name="uri">The resource.</param>
    /// <param name="payload">What it is to process.</param>
    /// <param name="contentFormat">What that is.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The URI is not one of CoAP.</exception>
    /// <exception cref="CoapException">There was no answer.</exception>
    public Task<CoapResponse> PostAsync(Uri uri, ReadOnlyMemory<byte> payload, CoapContentFormat? contentFormat = null, CancellationToken cancellationToken = default) =>
        SendAsync(new CoapRequest { Uri = uri, Method = CoapCode.Post, Payload = payload, ContentFormat = contentFormat }, cancellationToken);

    /// <summary>
    /// Observes a resource (RFC 7641): gives its state, and each newer one, until the enumeration ends, which tells the server. States may be left out when they come faster than they are read; the last one never is.
    /// The registration is made again when the server has forgotten it, or is silent for longer than the last state was fresh.
    /// </summary>
    /// <param name="request">What to observe: a GET or a FETCH.</param>
    /// <param name="cancellationToken">Ends the observation.</param>
    /// <returns>The states: answers with a code 2.xx.</returns>
    /// <exception cref="ArgumentException">The request is not valid.</exception>
    /// <exception cref="CoapException">The host is not known, or there is no connection to it.</exception>
    public async IAsyncEnumerable<CoapResponse> ObserveAsync(CoapRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        OptionCheck.That(request.Method is CoapCode.Get or CoapCode.Fetch, nameof(request), "has to be a GET or a FETCH to observe");
        await FindAsync(request, cancellationToken).ConfigureAwait(false);
        var states = Channel.CreateBounded<CoapResponse>(1);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task running = ObserveAsync(request, states.Writer, ending.Token);
        try
        {
            await foreach (CoapResponse state in states.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return state;
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }
    }

    /// <summary>Ends what is under way, and closes the socket and the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _messages.DisposeAsync().ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
        await _sessions.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Sends a request with a token of its own, by which it is known if it is sent again.</summary>
    internal async Task<CoapResponse> SendAsync(CoapRequest request, Token? token, CancellationToken cancellationToken)
    {
        for (bool isRepeated = false; ; isRepeated = true)
        {
            (RequestTarget target, MessageChannel channel, PeerAddress peer) = await FindAsync(request, cancellationToken).ConfigureAwait(false);
            try
            {
                return await new Conversation(channel, _options, peer, request, target) { FirstToken = token }.RunAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (CoapException) when (channel.IsClosed && !_isDisposed && !isRepeated && IsIdempotent(request.Method))
            {
                // The session or connection ended before the answer, as when the server has begun anew: asked once more, over another one.
            }
        }
    }

    internal async ValueTask<(RequestTarget Target, MessageChannel Channel, PeerAddress Peer)> FindAsync(CoapRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        RequestTarget target = RequestTarget.Of(request.Uri);
        OptionCheck.That(IsSpoken(target.Scheme), nameof(request), $"has the scheme {target.Scheme}, and this client speaks coap, coaps, coap+tcp and coaps+tcp");
        if (target.Scheme == "coaps")
        {
            SecureConnection session = await _sessions.GetAsync(target, cancellationToken).ConfigureAwait(false);
            return (target, session.Messages, session.Peer);
        }

        return target.Scheme == "coap"
            ? (target, _messages, _messages.AddressOf(await Resolver.ResolveAsync(target, EndPoint.AddressFamily, cancellationToken).ConfigureAwait(false)))
            : (target, await _connections.GetAsync(target, cancellationToken).ConfigureAwait(false), default);
    }

    internal static bool IsSpoken(string scheme) => scheme is "coap" or "coaps" or "coap+tcp" or "coaps+tcp";

    private async Task ObserveAsync(CoapRequest request, ChannelWriter<CoapResponse> states, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                (RequestTarget target, MessageChannel channel, PeerAddress peer) = await FindAsync(request, cancellationToken).ConfigureAwait(false);
                var observation = new Observation(
                    channel,
                    _options,
                    peer,
                    request,
                    target,
                    (response, failure, token) => failure is null ? states.WriteAsync(response!, token) : default,
                    static () => { },
                    RetryAtFirst,
                    RetryAtMost);
                await observation.RunAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (CoapException)
            {
                // The connection was lost, and there is no other one yet.
                await Task.Delay(RetryAtFirst, _options.TimeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Whether a request has the same effect if it is processed twice (RFC 7252, section 5.1; RFC 8132, section 4).</summary>
    private static bool IsIdempotent(CoapCode method) => method is not (CoapCode.Post or CoapCode.Patch);

    private static CoapClientOptions Validated(CoapClientOptions options)
    {
        options.Validate();
        return options;
    }
}
