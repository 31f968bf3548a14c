using System.Threading.Channels;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>Other ways to Mosquitto than a TCP port.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class TransportTests
{
    [Test]
    public async Task A_web_socket_carries_messages_of_any_size([Values] MqttProtocolVersion version)
    {
        (MosquittoBroker broker, int port) = await Mosquitto.StartWithWebSocketsAsync();
        await using MosquittoBroker running = broker;
        await TalkAsync(Options(port, version) with { WebSocketPath = "/mqtt" });
    }

    [Test]
    public async Task A_unix_domain_socket_does_too()
    {
        string folder = Directory.CreateTempSubdirectory("mqtt-").FullName;
        try
        {
            string path = Path.Combine(folder, "broker");
            await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync($"listener 0 {path}");
            await TalkAsync(Options(1) with { UnixSocketPath = path });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task A_lost_web_socket_is_replaced()
    {
        (MosquittoBroker broker, int port) = await Mosquitto.StartWithWebSocketsAsync();
        await using MosquittoBroker running = broker;
        using var cable = new Cable(port);
        await using var client = new MqttClient(Options(cable.Port) with { WebSocketPath = "/mqtt" });
        ChannelReader<Received> received = await client.ListenAsync(Qos2, "a");
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        cable.Cut();
        await Limits.UntilAsync(() => !client.IsConnected, "the loss is noticed");
        await client.PublishAsync("a", Bytes("again"), Qos2).AsTask().WaitAsync(Limits.Wait);
        (await received.NextAsync()).Payload.Should().Be("again");
    }

    [Test]
    public async Task A_server_without_web_sockets_is_a_failure_that_is_explained()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using var client = new MqttClient(Options(broker.Port) with { WebSocketPath = "/mqtt" });
        await FluentActions.Awaiting(() => client.ConnectAsync().WaitAsync(Limits.Wait))
            .Should().ThrowAsync<MqttClientException>().WithMessage($"*ws://127.0.0.1:{broker.Port}/mqtt*");
    }

    private static async Task TalkAsync(MqttClientOptions options)
    {
        await using var client = new MqttClient(options);
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        ChannelReader<Received> received = await client.ListenAsync(Qos2, "a/#");
        foreach (int size in (int[])[0, 1, 200, 100_000])
        {
            await client.PublishAsync("a/b", Bytes(new string('x', size)), Qos2).AsTask().WaitAsync(Limits.Wait);
            (await received.NextAsync()).Payload.Length.Should().Be(size);
        }
    }
}
