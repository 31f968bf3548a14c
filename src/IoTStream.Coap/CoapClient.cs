using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using IoTStream.Coap.Client;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap;

/// <summary>A CoAP client: asks any number of servers from one socket, and observes their resources.</summary>
/// <remarks>
/// Thread-safe. Confirmable requests are repeated until they are acknowledged, one at a time to each server as <see cref="CoapTransmission.NStart"/> says; bodies that do not fit into a datagram go and come in
/// blocks (RFC 7959); a server that wants to know where the client is (RFC 9175) is told.
/// </remarks>
public sealed class CoapClient : IAsyncDisposable
{
    private readonly CoapClientOptions _options;
    private readonly MessageLayer _messages;

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
        transport ??= UdpTransport.Bind(new IPEndPoint(options.Address, options.Port), options.ReceiveBufferSize);
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
    public async IAsyncEnumerable<CoapResponse> ObserveAsync(CoapRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        (RequestTarget target, PeerAddress peer) = await FindAsync(request, cancellationToken).ConfigureAwait(false);
        OptionCheck.That(request.Method is CoapCode.Get or CoapCode.Fetch, nameof(request), "has to be a GET or a FETCH to observe");
        var states = Channel.CreateBounded<CoapResponse>(1);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var observation = new Observation(
            _messages,
            _options,
            peer,
            request,
            target,
            (response, failure, token) => failure is null ? states.Writer.WriteAsync(response!, token) : default,
            static () => { },
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMinutes(1));
        Task running = observation.RunAsync(ending.Token);
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

    /// <summary>Ends what is under way, and closes the socket.</summary>
    public ValueTask DisposeAsync() => _messages.DisposeAsync();

    /// <summary>Sends a request with a token of its own, by which it is known if it is sent again.</summary>
    internal async Task<CoapResponse> SendAsync(CoapRequest request, Token? token, CancellationToken cancellationToken)
    {
        (RequestTarget target, PeerAddress peer) = await FindAsync(request, cancellationToken).ConfigureAwait(false);
        return await new Conversation(_messages, _options, peer, request, target) { FirstToken = token }.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask<(RequestTarget Target, PeerAddress Peer)> FindAsync(CoapRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        RequestTarget target = RequestTarget.Of(request.Uri);
        OptionCheck.That(target.Scheme == "coap", nameof(request), $"has the scheme {target.Scheme}, and this client speaks coap");
        return (target, _messages.AddressOf(await Resolver.ResolveAsync(target, EndPoint.AddressFamily, cancellationToken).ConfigureAwait(false)));
    }

    private static CoapClientOptions Validated(CoapClientOptions options)
    {
        options.Validate();
        return options;
    }
}
