using System.Net;

namespace IoTStream.Coap.Messaging;

/// <summary>
/// Takes datagrams to peers and brings theirs: all that the message layer knows of the network. Datagrams may be lost, doubled and reordered; each comes whole, from the peer that it says.
/// </summary>
internal abstract class DatagramTransport : IAsyncDisposable
{
    /// <summary>Where peers reach this end.</summary>
    public abstract IPEndPoint LocalEndPoint { get; }

    /// <summary>Whether peers are known to be where their datagrams say, since they could not speak otherwise.</summary>
    public virtual bool ValidatesPeers => false;

    /// <summary>Whether nothing can be sent any more.</summary>
    public virtual bool IsClosed => false;

    /// <summary>Who a peer has proved to be; null if it has not.</summary>
    public virtual CoapIdentity? IdentityOf(in PeerAddress peer) => null;

    /// <summary>The address of a peer as datagrams from it have it.</summary>
    public virtual PeerAddress AddressOf(IPEndPoint endPoint) => PeerAddress.Of(endPoint);

    /// <summary>Begins to hand over what comes, one datagram after the other.</summary>
    public abstract void Start(DatagramHandler handler);

    /// <summary>Sends a datagram, or loses it. Never waits; may be called by several threads at once.</summary>
    public abstract void Send(in PeerAddress to, ReadOnlySpan<byte> datagram);

    /// <summary>Stops; no datagram is handed over afterwards.</summary>
    public abstract ValueTask DisposeAsync();
}
