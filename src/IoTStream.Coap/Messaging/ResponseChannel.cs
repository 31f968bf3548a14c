using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Messaging;

/// <summary>Where requests come in and answers go out: datagrams, or a connection. Thread-safe.</summary>
internal abstract class ResponseChannel
{
    /// <summary>The most bytes that the options and the payload of an answer can have.</summary>
    public abstract int MaximumBody { get; }

    /// <summary>Whether messages arrive, and once, so that nothing has to be sent again or doubted.</summary>
    public abstract bool IsReliable { get; }

    public abstract void Respond(in Exchange exchange, CoapCode code, ReadOnlySpan<byte> body, Sender? sender);

    public abstract void Suppress(in Exchange exchange);

    /// <summary>Sends a peer another answer to what it has asked earlier: a notification.</summary>
    public abstract void Notify(in PeerAddress peer, Token token, bool confirmable, CoapCode code, ReadOnlySpan<byte> body, Sender sender);

    /// <summary>Whether a peer is known to be where its datagrams say.</summary>
    public abstract bool IsValidated(in PeerAddress peer);

    public abstract void Validate(in PeerAddress peer);
}
