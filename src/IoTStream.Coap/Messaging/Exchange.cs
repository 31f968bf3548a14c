using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Messaging;

/// <summary>A request that was received, as far as its answer needs it. Can be kept.</summary>
/// <param name="Channel">Where it came in.</param>
/// <param name="Peer">From whom.</param>
/// <param name="Token">Its token.</param>
/// <param name="Key">What the channel knows it by.</param>
/// <param name="Fingerprint">What tells the message and its peer from all others, the same in each process; 0 over connections, where nothing comes twice.</param>
/// <param name="IsConfirmable">Whether it has to be acknowledged; over connections, yes.</param>
/// <param name="IsMulticast">Whether it was sent to a group.</param>
/// <param name="IsSafe">Whether it only reads, so that it can be done again.</param>
internal readonly record struct Exchange(MessageChannel Channel, PeerAddress Peer, Token Token, long Key, ulong Fingerprint, bool IsConfirmable, bool IsMulticast, bool IsSafe)
{
    /// <summary>Answers.</summary>
    /// <param name="code">The code.</param>
    /// <param name="body">The options, and the payload behind its marker.</param>
    /// <param name="sender">Is told what becomes of the answer if it goes for itself; null if nobody wants to know.</param>
    public void Respond(CoapCode code, ReadOnlySpan<byte> body = default, Sender? sender = null) => Channel.Respond(this, code, body, sender);

    /// <summary>Takes the request without an answer (RFC 7967).</summary>
    public void Suppress() => Channel.Suppress(this);
}
