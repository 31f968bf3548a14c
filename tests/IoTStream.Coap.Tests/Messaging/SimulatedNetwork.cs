using System.Net;
using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Tests.Messaging;

/// <summary>A network in memory that loses, doubles, delays and so reorders datagrams, by a seed.</summary>
internal sealed class SimulatedNetwork(SimulatedTime time, Random random)
{
    private readonly Dictionary<PeerAddress, Node> _nodes = [];

    public double Loss { get; set; }

    public double Doubling { get; set; }

    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>All that was sent, lost or not.</summary>
    public List<(PeerAddress From, PeerAddress To, byte[] Datagram, TimeSpan At)> Sent { get; } = [];

    public Node Add(int number)
    {
        var node = new Node(this, new IPEndPoint(new IPAddress([10, 0, (byte)(number >> 8), (byte)number]), 5683));
        _nodes[PeerAddress.Of(node.LocalEndPoint)] = node;
        return node;
    }

    private void Carry(in PeerAddress from, PeerAddress to, byte[] datagram)
    {
        Sent.Add((from, to, datagram, time.Elapsed));
        int copies = random.NextDouble() < Loss ? 0 : random.NextDouble() < Doubling ? 2 : 1;
        PeerAddress sender = from;
        for (int i = 0; i < copies; i++)
        {
            time.After(LongestDelay * random.NextDouble(), () => _nodes.GetValueOrDefault(to)?.Deliver(sender, datagram));
        }
    }

    internal sealed class Node(SimulatedNetwork network, IPEndPoint address) : DatagramTransport
    {
        private DatagramHandler? _handler;

        public override IPEndPoint LocalEndPoint => address;

        public PeerAddress Address => PeerAddress.Of(address);

        public override void Start(DatagramHandler handler) => _handler = handler;

        public override void Send(in PeerAddress to, ReadOnlySpan<byte> datagram) => network.Carry(Address, to, datagram.ToArray());

        public void Deliver(in PeerAddress from, byte[] datagram, bool isMulticast = false) => _handler?.Invoke(from, datagram, isMulticast);

        public override ValueTask DisposeAsync()
        {
            _handler = null;
            return default;
        }
    }
}
