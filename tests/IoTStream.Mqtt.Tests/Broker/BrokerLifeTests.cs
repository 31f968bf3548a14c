using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Broker;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class BrokerLifeTests
{
    [Test]
    public async Task Disposing_tells_clients_closes_everything_and_frees_the_port()
    {
        MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await using RawClient halfOpen = await RawClient.OpenAsync(broker.Port);
        await Task.WhenAll(broker.DisposeAsync().AsTask(), broker.DisposeAsync().AsTask());
        (await client.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ServerShuttingDown);
        (await client.ReadAsync()).Should().BeNull();
        broker.Statistics.Connections.Should().Be(0);
        using var listener = new TcpListener(IPAddress.Loopback, broker.Port);
        listener.Start();
    }

    [Test]
    public async Task A_broker_can_be_disposed_at_any_moment()
    {
        for (int round = 0; round < 20; round++)
        {
            MqttBroker broker = await Brokers.StartAsync();
            Task[] clients = [.. Enumerable.Range(0, 10).Select(i => DisturbAsync(broker.Port, $"{i}"))];
            for (int i = 0; i < round; i++)
            {
                await Task.Yield();
            }

            await broker.DisposeAsync();
            await Task.WhenAll(clients);
        }
    }

    [Test]
    public async Task A_port_that_is_taken_is_an_error_at_start()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        Func<Task> second = () => MqttBroker.StartAsync(new MqttBrokerOptions { Port = broker.Port });
        await second.Should().ThrowAsync<SocketException>();
    }

    [Test]
    public async Task Options_out_of_range_are_refused_with_what_to_set()
    {
        Func<Task> start = () => MqttBroker.StartAsync(new MqttBrokerOptions { Port = 70_000 });
        (await start.Should().ThrowAsync<ArgumentException>()).WithMessage("MqttBrokerOptions.Port is 70000. Set it to a TCP port*");
        start = () => MqttBroker.StartAsync(new MqttBrokerOptions { ReceiveMaximum = 0 });
        (await start.Should().ThrowAsync<ArgumentException>()).WithMessage("*ReceiveMaximum is 0. Set it to from 1 to 65,535.*");
    }

    [Test]
    public async Task Counts_are_published_as_metrics()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "c" });
        await client.PublishAsync("nobody", "x");
        await client.PingAsync();
        long received = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "iotstream.mqtt.broker.messages.received")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };

        // Brokers of tests that run at the same time publish theirs too.
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => received = Math.Max(received, value));
        listener.Start();
        listener.RecordObservableInstruments();
        received.Should().BePositive();
        broker.Statistics.MessagesReceived.Should().Be(1);
    }

    private static async Task DisturbAsync(int port, string name)
    {
        try
        {
            await using RawClient client = await RawClient.OpenAsync(port);
            await client.SendAsync(new ConnectPacket { ClientIdentifier = name, Will = new WillMessage(TopicName.Create("a"), new byte[1]) });
            await client.SendAsync(new SubscribePacket(1, [new TopicSubscription("#", MqttQualityOfService.AtLeastOnce)]));
            for (ushort id = 1; id < 200; id++)
            {
                await client.PublishAsync("a", name, MqttQualityOfService.AtLeastOnce, id);
            }

            while (await client.ReadAsync() is not null)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The broker is gone: that is what the test does.
        }
    }
}
