using System.Net;
using System.Net.Sockets;
using IoTStream.Coap.Messaging;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Messaging;

/// <summary>Datagrams over the sockets of this system, with and without its calls for several at once.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class UdpTransportTests
{
    [TestCase("127.0.0.1", true)]
    [TestCase("127.0.0.1", false)]
    [TestCase("::1", true)]
    [TestCase("::1", false)]
    public async Task Each_of_many_peers_gets_back_what_it_sent(string address, bool hasThread)
    {
        const int Peers = 50;
        const int Each = 6;
        var local = IPAddress.Parse(address);
        await using UdpTransport transport = UdpTransport.Bind(new IPEndPoint(local, 0), 1 << 22, hasThread);
        Socket[] peers = [.. Enumerable.Range(0, Peers).Select(_ => Connect(transport.LocalEndPoint))];
        transport.Start((in PeerAddress from, ReadOnlySpan<byte> datagram, bool _) => transport.Send(from, datagram));

        for (int i = 0; i < Each; i++)
        {
            for (int peer = 0; peer < Peers; peer++)
            {
                // Also some that are larger than a packet, and nothing at all.
                await peers[peer].SendAsync(Datagram(peer, i));
            }
        }

        for (int peer = 0; peer < Peers; peer++)
        {
            for (int i = 0; i < Each; i++)
            {
                byte[] buffer = new byte[10_000];
                int length = await peers[peer].ReceiveAsync(buffer).WaitAsync(Limits.Wait);
                buffer[..length].Should().Equal(Datagram(peer, i), "datagrams of one thread stay in their order");
            }

            peers[peer].Dispose();
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task It_stops_while_it_waits(bool hasThread)
    {
        UdpTransport transport = UdpTransport.Bind(new IPEndPoint(IPAddress.Loopback, 0), 1 << 20, hasThread);
        var came = new TaskCompletionSource();
        int datagrams = 0;
        transport.Start((in PeerAddress _, ReadOnlySpan<byte> _, bool _) =>
        {
            datagrams++;
            came.TrySetResult();
        });
        using Socket peer = Connect(transport.LocalEndPoint);
        await peer.SendAsync(new byte[] { 1 });
        await came.Task.WaitAsync(Limits.Wait);

        await transport.DisposeAsync().AsTask().WaitAsync(Limits.Wait);

        datagrams.Should().Be(1);
        transport.Send(default, new byte[] { 1 });
    }

    [Test]
    public async Task Somebody_who_is_gone_does_not_keep_others_from_their_answers()
    {
        await using UdpTransport transport = UdpTransport.Bind(new IPEndPoint(IPAddress.Loopback, 0), 1 << 20, hasThread: true);
        using Socket stays = Connect(transport.LocalEndPoint);
        PeerAddress gone;
        using (Socket goes = Connect(transport.LocalEndPoint))
        {
            gone = PeerAddress.Of((IPEndPoint)goes.LocalEndPoint!);
        }

        // The address of nobody cannot be sent to at all; the one of somebody who is gone brings an error later.
        var nobody = new PeerAddress(0, 0xF000_0001, 0, 1, IsV4: true);
        transport.Start((in PeerAddress from, ReadOnlySpan<byte> datagram, bool _) =>
        {
            transport.Send(nobody, datagram);
            transport.Send(gone, datagram);
            transport.Send(from, datagram);
        });
        for (byte i = 0; i < 20; i++)
        {
            await stays.SendAsync(new[] { i });
            byte[] buffer = new byte[10];
            (await stays.ReceiveAsync(buffer).WaitAsync(Limits.Wait)).Should().Be(1);
            buffer[0].Should().Be(i);
        }
    }

    [Test]
    public void Who_is_woken_after_a_batch_is_woken_once_and_at_once_without_one()
    {
        int woken = 0;
        void Wake() => woken++;
        Action wake = Wake;
        SendBatch.AtEnd(wake);
        woken.Should().Be(1);
        if (!SystemDatagrams.AreSupported)
        {
            return;
        }

        using (SendBatch.Begin())
        {
            using (SendBatch.Begin())
            {
                SendBatch.AtEnd(wake);
                SendBatch.AtEnd(wake);
            }

            woken.Should().Be(1, "the outer one still holds");
            SendBatch.Flush();
            woken.Should().Be(2);
            SendBatch.AtEnd(wake);
        }

        woken.Should().Be(3);
    }

    private static byte[] Datagram(int peer, int number) => number == 3 ? [] : [(byte)peer, (byte)number, .. new byte[number * 1000]];

    private static Socket Connect(IPEndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 18 };
        socket.Connect(to);
        return socket;
    }
}
