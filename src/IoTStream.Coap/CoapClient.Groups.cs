using System.Runtime.CompilerServices;
using IoTStream.Coap.Client;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap;

/// <content>Requests to groups (RFC 7252, section 8).</content>
public sealed partial class CoapClient
{
    /// <summary>
    /// Asks all members of a group, such as <c>coap://224.0.1.187/.well-known/core</c>, and gives their answers as they come, with errors where members send them, until the time is over. The request is sent once
    /// and is not confirmable, so that members may miss it. A body or an answer has to fit into a datagram: of a larger one the first block is given, and the rest is to be asked of the member itself.
    /// </summary>
    /// <param name="request">The request, with the address of the group; sent to its members wherever the client's own address reaches them.</param>
    /// <param name="within">How long answers are taken: members spread them over their leisure, which is 5 s by default; more than zero.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Who has answered, and what. When they come faster than they are read, at most 1,024 wait, and others are passed over.</returns>
    /// <exception cref="ArgumentException">The request is not valid, is not for datagrams without encryption, or does not fit into one; or the time is not valid.</exception>
    /// <exception cref="CoapException">The host is not known, the client is closed, or has too many requests under way.</exception>
    public async IAsyncEnumerable<CoapGroupResponse> AskGroupAsync(CoapRequest request, TimeSpan within, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(within, TimeSpan.Zero);
        OptionCheck.That(RequestTarget.Of(request.Uri).Scheme == "coap", nameof(request), "has to begin with coap:// to be for a group");
        (RequestTarget target, MessageChannel channel, PeerAddress peer) = await FindAsync(request, cancellationToken).ConfigureAwait(false);
        byte[] body = new RequestWriter(request, target).Write(request.Payload.Span, channel.MaximumBody, default);
        using var asked = new GroupCall { Peer = peer, Token = channel.NewToken() };
        using var limit = new CancellationTokenSource(within, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            channel.Send(asked, MessageType.NonConfirmable, request.Method, body, RequestKind.Group);
            while (await asked.NextAsync(either.Token).ConfigureAwait(false) is { } response)
            {
                yield return response;
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            channel.Forget(asked);
        }
    }
}
