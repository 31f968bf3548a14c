using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Messaging;

/// <summary>A request that waits for answers with its token. Called without any lock held, by one thread at a time.</summary>
internal abstract class OutgoingRequest : Sender
{
    public PeerAddress Peer { get; set; }

    public Token Token { get; set; }

    /// <summary>The identifier of the message that takes it to the peer, until that is acknowledged; -1 otherwise. The message layer's.</summary>
    public int MessageId { get; set; } = -1;

    /// <summary>Takes an answer; it is valid during the call.</summary>
    /// <param name="message">The answer.</param>
    /// <param name="from">Who has answered: not whom it was sent to, if that was a group.</param>
    /// <returns>Whether others are expected.</returns>
    public abstract bool OnResponse(in Message message, in PeerAddress from);
}
