using System.Net;
using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Tests.Dtls;

/// <summary>Carries nothing, but remembers what it was given, and brings what a test says.</summary>
internal sealed class Carrier : DatagramTransport
{
    private DatagramHandler? _handler;

    public List<byte[]> Sent { get; } = [];

    public override IPEndPoint LocalEndPoint { get; } = new(IPAddress.Loopback, 5684);

    public override void Start(DatagramHandler handler) => _handler = handler;

    public void Bring(IPEndPoint from, ReadOnlySpan<byte> datagram) => _handler!(PeerAddress.Of(from), datagram, isMulticast: false);

    public override void Send(in PeerAddress to, ReadOnlySpan<byte> datagram) => Sent.Add(datagram.ToArray());

    public override ValueTask DisposeAsync() => default;
}
