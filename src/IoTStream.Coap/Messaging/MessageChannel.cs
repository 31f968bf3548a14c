using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Messaging;

/// <summary>Where messages come in and go out: datagrams, or a connection. Thread-safe.</summary>
internal abstract class MessageChannel
{
    /// <summary>The most bytes that the options and the payload of a message can have.</summary>
    public abstract int MaximumBody { get; }

    /// <summary>Whether messages arrive, and once, so that nothing has to be sent again or doubted.</summary>
    public abstract bool IsReliable { get; }

    /// <summary>Whether nothing can be sent any more: a connection that was lost.</summary>
    public virtual bool IsClosed => false;

    /// <summary>Who a peer has proved to be; null if it has not.</summary>
    public virtual CoapIdentity? IdentityOf(in PeerAddress peer) => null;

    public abstract void Respond(in Exchange exchange, CoapCode code, ReadOnlySpan<byte> body, Sender? sender);

    public abstract void Suppress(in Exchange exchange);

    /// <summary>Sends a peer another answer to what it has asked earlier: a notification.</summary>
    public abstract void Notify(in PeerAddress peer, Token token, bool confirmable, CoapCode code, ReadOnlySpan<byte> body, Sender sender);

    /// <summary>Forgets what a sender has sent without acknowledgement, so that a reset of it means nothing any more.</summary>
    public abstract void Forget(Sender sender, in PeerAddress peer);

    /// <summary>How many bytes can be sent to a peer without doing harm to somebody else, if he and not the peer is where its datagrams say they come from.</summary>
    /// <param name="peer">The peer.</param>
    /// <returns><see cref="long.MaxValue"/> for a peer that is known to be there.</returns>
    public abstract long RoomFor(in PeerAddress peer);

    /// <summary>A peer has shown that it is where its datagrams say.</summary>
    public abstract void Validate(in PeerAddress peer);

    /// <summary>Makes a token that nobody can guess.</summary>
    public abstract Token NewToken();

    /// <summary>Sends a request.</summary>
    /// <param name="request">Takes the answers; its peer and token say where it goes and what they bear.</param>
    /// <param name="type">Confirmable or not; over connections that makes no difference.</param>
    /// <param name="code">The method.</param>
    /// <param name="body">The options, and the payload behind its marker.</param>
    /// <param name="kind">What it is for.</param>
    public abstract void Send(OutgoingRequest request, MessageType type, CoapCode code, ReadOnlySpan<byte> body, RequestKind kind = RequestKind.Ordinary);

    /// <summary>Waits for no more answers, and repeats the request no more.</summary>
    public abstract void Forget(OutgoingRequest request);
}
