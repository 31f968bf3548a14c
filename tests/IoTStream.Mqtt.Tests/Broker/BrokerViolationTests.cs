using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>Clients that break the protocol: told why, closed, and nobody else notices.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class BrokerViolationTests
{
    [TestCase("00 00", MqttReasonCode.MalformedPacket)]
    [TestCase("30 03 0001 2B", MqttReasonCode.ProtocolError)]
    [TestCase("30 03 0001 FF", MqttReasonCode.MalformedPacket)]
    [TestCase("36 06 0001 61 0001 00", MqttReasonCode.MalformedPacket)]
    [TestCase("30 07 0000 03 230001 78", MqttReasonCode.ProtocolError)]
    [TestCase("30 08 0001 61 03 230101 78", MqttReasonCode.TopicAliasInvalid)]
    [TestCase("30 06 0001 61 02 0B01", MqttReasonCode.ProtocolError)]
    [TestCase("30 FFFFFF7F", MqttReasonCode.PacketTooLarge)]
    [TestCase("82 08 0001 00 0002 612B 00", MqttReasonCode.ProtocolError)]
    [TestCase("20 03 000000", MqttReasonCode.ProtocolError)]
    [TestCase("F0 00", MqttReasonCode.ProtocolError)]
    [TestCase("E0 07 00 05 1100000001", MqttReasonCode.ProtocolError)]
    [TestCase("10 0D 0004 4D515454 05 02 0000 00 0000", MqttReasonCode.ProtocolError)]
    public async Task A_violation_ends_the_connection_with_its_reason_code(string hex, MqttReasonCode expected)
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient bystander = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "bystander" });
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "culprit" });
        await client.SendBytesAsync(Convert.FromHexString(hex.Replace(" ", "")));
        (await client.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(expected);
        (await client.ReadAsync()).Should().BeNull("the connection is closed");
        await bystander.PingAsync();
        broker.Statistics.ProtocolErrors.Should().Be(1);
    }

    [TestCase("10 0D 0004 4D515454 05 03 0000 00 0000", "20 03 00 81 00", Description = "reserved flag")]
    [TestCase("10 10 0004 4D515454 05 02 0000 03 210000 0000", "20 03 00 82 00", Description = "receive maximum 0")]
    [TestCase("10 0C 0004 4D515454 06 02 0000 0000", "20 02 00 01", Description = "protocol level 6")]
    [TestCase("10 0E 0006 4D5149736470 03 02 0000 0000", "20 02 00 01", Description = "MQTT 3.1")]
    [TestCase("10 0C 0004 4D515454 04 00 0000 0000", "20 02 00 02", Description = "3.1.1 without identifier and clean session")]
    [TestCase("10 0C 0004 4D515454 04 03 0000 0000", "", Description = "3.1.1 has no code for it")]
    [TestCase("10 11 0004 4D515454 05 02 0000 04 15000161 0000", "20 03 00 8C 00", Description = "enhanced authentication")]
    [TestCase("C0 00", "", Description = "first packet is not CONNECT")]
    public async Task A_connection_that_cannot_begin_is_refused_as_its_version_can_be_told(string hex, string answer)
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.OpenAsync(broker.Port, answer is "20 02 00 01" or "20 02 00 02"
            ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500);
        await client.SendBytesAsync(Convert.FromHexString(hex.Replace(" ", "")));
        if (answer.Length > 0)
        {
            ConnAckPacket connAck = await client.ReadAsync<ConnAckPacket>();
            byte[] expected = Convert.FromHexString(answer.Replace(" ", ""));
            ((int)connAck.ReasonCode).Should().Be(expected.Length == 4 ? (int)ReasonCodes.FromReturnCode(expected[3]) : expected[3]);
        }

        (await client.ReadAsync()).Should().BeNull("the connection is closed");
    }

    [Test]
    public async Task More_messages_than_the_receive_maximum_without_waiting_are_a_violation()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { ReceiveMaximum = 5 });
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        byte[] burst = [.. Enumerable.Range(1, 6).SelectMany(id => new byte[] { 0x32, 6, 0, 1, (byte)'a', 0, (byte)id, 0 })];
        await client.SendBytesAsync(burst);
        object? packet;
        while ((packet = await client.ReadAsync()) is AcknowledgePacket)
        {
        }

        packet.Should().BeOfType<DisconnectPacket>().Which.ReasonCode.Should().Be(MqttReasonCode.ReceiveMaximumExceeded);
    }

    [Test]
    public async Task Half_open_connections_are_closed_after_the_connect_timeout()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        await using RawClient client = await RawClient.OpenAsync(broker.Port);
        await client.SendBytesAsync(new byte[] { 0x10, 0x80 });
        Task<object?> end = client.ReadAsync();
        await Limits.UntilAsync(() => Step(time) && end.IsCompleted, "the connection is closed");
        (await end).Should().BeNull();
    }

    [Test]
    public async Task Connections_beyond_the_limit_are_closed_at_once()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { MaxConnections = 1 });
        await using RawClient first = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "1" });
        await using RawClient second = await RawClient.OpenAsync(broker.Port);
        (await second.ReadAsync()).Should().BeNull();
        await first.PingAsync();
    }

    [Test]
    public async Task A_flood_of_connections_that_never_begin_takes_a_bounded_place_for_a_bounded_time()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time, MaxConnections = 50 });
        await using RawClient bystander = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "bystander" });
        var flood = new List<RawClient>();
        for (int i = 0; i < 200; i++)
        {
            flood.Add(await RawClient.OpenAsync(broker.Port));
        }

        // Those within the limit hold their places with half of a packet; the rest is closed at once.
        Task<object?>[] ends = [.. flood.Select(client => client.ReadAsync())];
        await Limits.UntilAsync(() => ends.Count(end => end.IsCompleted) == 151, "the broker has closed those beyond the limit");
        await bystander.PingAsync();
        foreach (RawClient client in flood.Where((_, i) => !ends[i].IsCompleted))
        {
            await client.SendBytesAsync(new byte[] { 0x10, 0xFF, 0xFF });
        }

        time.Advance(TimeSpan.FromSeconds(9));
        await bystander.PingAsync();
        ends.Count(end => end.IsCompleted).Should().Be(151);
        await Limits.UntilAsync(() => Step(time) && ends.All(end => end.IsCompleted), "the broker has closed the others");
        await using RawClient next = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "next" });
        await bystander.PingAsync();
        foreach (RawClient client in flood)
        {
            await client.DisposeAsync();
        }
    }

    [Test]
    public async Task A_packet_that_drips_in_does_not_keep_its_connection_alive()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c", KeepAlive = 10 });
        Task<DisconnectPacket> end = client.ReadAsync<DisconnectPacket>();
        await client.SendBytesAsync(new byte[] { 0x30, 100 });
        for (int i = 0; i < 7; i++)
        {
            time.Advance(TimeSpan.FromSeconds(2));
            await client.SendBytesAsync(new byte[] { 0 });
        }

        end.IsCompleted.Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(2));
        (await end).ReasonCode.Should().Be(MqttReasonCode.KeepAliveTimeout);
    }

    [Test]
    public async Task A_silent_client_is_disconnected_after_one_and_a_half_times_its_keep_alive()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with { TimeProvider = time });
        await using RawClient will = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "watcher" });
        await will.SubscribeAsync(new TopicSubscription("gone"));
        await using RawClient client = await RawClient.ConnectAsync(
            broker.Port,
            new ConnectPacket { ClientIdentifier = "c", KeepAlive = 10, Will = new WillMessage(TopicName.Create("gone"), "x"u8.ToArray()) });
        time.Advance(TimeSpan.FromSeconds(14));
        await client.PingAsync();
        time.Advance(TimeSpan.FromSeconds(14.9));
        await client.PingAsync();
        time.Advance(TimeSpan.FromSeconds(15.1));
        (await client.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.KeepAliveTimeout);
        (await will.ReadPublishAsync()).Payload.Should().Be("x");
    }

    [Test]
    public async Task Garbage_from_many_clients_harms_nobody()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient bystander = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "bystander" });
        var random = new Random(7);
        byte[] connect = IoTStream.Mqtt.Tests.Protocol.Packets.Write(new ConnectPacket { ClientIdentifier = "" }, MqttProtocolVersion.V500);
        for (int i = 0; i < 200; i++)
        {
            byte[] garbage = new byte[random.Next(1, 200)];
            random.NextBytes(garbage);
            await using RawClient client = await RawClient.OpenAsync(broker.Port);
            await client.SendBytesAsync(i % 2 == 0 ? garbage : [.. connect, .. garbage]);
        }

        await bystander.PingAsync();
        await Limits.UntilAsync(() => broker.Statistics.Connections == 1, "only the bystander is left");
    }

    private static bool Step(ManualTime time)
    {
        time.Advance(TimeSpan.FromSeconds(11));
        return true;
    }
}
