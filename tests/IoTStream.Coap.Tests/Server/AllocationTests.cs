using System.Buffers;
using System.Net;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Tests.Connectors;
using IoTStream.Connectors;

namespace IoTStream.Coap.Tests.Server;

/// <summary>What a request costs the garbage collector once everything has its size.</summary>
[TestFixture]
internal sealed class AllocationTests
{
    private const int Requests = 20_000;

    [TestCase(1)]
    [TestCase(0)]
    public async Task A_request_to_a_source_allocates_nothing_whether_confirmable_or_not(int type)
    {
        TimeProvider time = TimeProvider.System;
        var network = new Sink();
        await using var server = new CoapServer(new CoapServerOptions { MaximumExchanges = 1000, TimeProvider = time }, network, new Randomness(1));
        await using OpenedSource<long> source = await OpenedSource<long>.OpenAsync(server.Source("numbers", new LengthDecoder()), time);
        source.KeepsNothing = true;
        server.Listen();
        byte[][] requests = [.. Enumerable.Range(0, 5000).Select(i => Talk.Request((MessageType)type, CoapCode.Post, (ushort)i, "numbers", [.. BitConverter.GetBytes(i), .. new byte[56]]))];
        var peers = new PeerAddress[] { new(0, 1, 0, 1, IsV4: true), new(0, 2, 0, 1, IsV4: true) };
        Send(3 * Requests);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Send(Requests);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        network.Answers.Should().Be(4 * Requests);
        source.Items.Should().Be(4 * Requests);
        (allocated / Requests).Should().Be(0, "{0} bytes were allocated for {1} requests", allocated, Requests);

        void Send(int count)
        {
            for (int i = 0; i < count; i++)
            {
                network.Deliver(peers[i & 1], requests[i % requests.Length]);
                if (i % 50 == 49)
                {
                    source.Read();
                    source.Acknowledge(source.Items);
                }
            }
        }
    }

    private sealed class LengthDecoder : IDecoder<long>
    {
        public long Decode(in ReadOnlySequence<byte> payload) => payload.Length;
    }

    /// <summary>A network that takes everything and counts it.</summary>
    private sealed class Sink : DatagramTransport
    {
        private DatagramHandler? _handler;

        public int Answers { get; private set; }

        public override IPEndPoint LocalEndPoint { get; } = new(IPAddress.Loopback, 1);

        public override void Start(DatagramHandler handler) => _handler = handler;

        public override void Send(in PeerAddress to, ReadOnlySpan<byte> datagram) => Answers++;

        public void Deliver(in PeerAddress from, byte[] datagram) => _handler!(from, datagram, isMulticast: false);

        public override ValueTask DisposeAsync() => default;
    }
}
