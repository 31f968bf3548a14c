using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>Packets that come slowly, in parts, or never as a whole.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class PartialPacketTests
{
    // PUBLISH of nearly a mebibyte.
    private static readonly byte[] Head = [0x30, 0xF0, 0xFF, 0x3F, 0, 1, (byte)'a', 0];

    [Test]
    public async Task Half_received_packets_take_no_more_memory_than_is_allowed([Values] bool areLetIn)
    {
        const int Limit = 4 << 20;
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxPartialPacketBytes = Limit });
        await using RawClient bystander = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "bystander" });
        byte[] part = new byte[200_000];
        (areLetIn ? Head : [0x10, 0xF0, 0xFF, 0x3F]).CopyTo(part, 0);
        List<RawClient> clients = [];
        for (int i = 0; i < 60; i++)
        {
            RawClient client = areLetIn
                ? await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = $"c{i}" })
                : await RawClient.OpenAsync(broker.Port);
            clients.Add(client);
            await client.SendBytesAsync(part);
        }

        Task<object?>[] ends = [.. clients.Select(client => client.ReadAsync())];
        int mostOpen = (areLetIn ? Limit : Limit / 2) / part.Length;
        await Limits.UntilAsync(() => ends.Count(end => end.IsCompleted) >= 60 - mostOpen, "those beyond the limit are sent away");
        if (areLetIn)
        {
            Task<object?> first = await Task.WhenAny(ends);
            (await first).Should().BeOfType<DisconnectPacket>().Which.ReasonCode.Should().Be(MqttReasonCode.QuotaExceeded);
        }

        ends.Count(end => end.IsCompleted).Should().BeLessThan(60, "the others go on");
        await bystander.PublishAsync("b", "works");
        await bystander.PingAsync();
        foreach (RawClient client in clients)
        {
            await client.DisposeAsync();
        }

        // All is given back: a large packet in parts has room again.
        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "they have left");
        await using RawClient next = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "next" });
        for (int i = 0; i < 3; i++)
        {
            await next.PublishAsync("b", new string('x', 900_000), MqttQualityOfService.AtLeastOnce, 1);
            (await next.ReadAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(1);
        }
    }

    [Test]
    public async Task A_packet_that_drips_in_ends_the_connection_whatever_its_keep_alive()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c", KeepAlive = 0 });
        await using RawClient quiet = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "q", KeepAlive = 0 });
        Task<object?> end = client.ReadAsync();
        for (int i = 0; i < Head.Length && !end.IsCompleted; i++)
        {
            // Whole packets in between do not help: this one has begun.
            await client.SendBytesAsync(Head.AsMemory(i, 1));
            await quiet.PingAsync();
            time.Advance(TimeSpan.FromSeconds(10));
        }

        (await end.WaitAsync(Limits.Wait)).Should().BeOfType<DisconnectPacket>();
        await quiet.PingAsync();
    }

    [Test]
    public async Task A_client_that_sends_packets_in_parts_but_in_time_is_served()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c", KeepAlive = 0 });
        for (int i = 0; i < 10; i++)
        {
            await client.SendBytesAsync(new byte[] { 0xC0, 0x00, 0xC0 });
            await client.ReadAsync<PingPacket>();
            time.Advance(TimeSpan.FromSeconds(50));
            await client.SendBytesAsync(new byte[] { 0x00 });
            await client.ReadAsync<PingPacket>();
        }
    }

    [Test]
    public async Task A_flood_of_connections_that_never_begin_gives_way_to_those_that_do()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxPendingConnections = 10 });
        await using RawClient early = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "early" });
        List<RawClient> flood = [];
        for (int i = 0; i < 40; i++)
        {
            flood.Add(await RawClient.OpenAsync(broker.Port));
        }

        Task<object?>[] ends = [.. flood.Select(client => client.ReadAsync())];
        await Limits.UntilAsync(() => ends.Take(30).All(end => end.IsCompleted), "the oldest are closed");
        ends.Skip(30).Any(end => end.IsCompleted).Should().BeFalse();
        await using RawClient late = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "late" });
        await early.PingAsync();
        await late.PingAsync();
        foreach (RawClient client in flood)
        {
            await client.DisposeAsync();
        }
    }
}
