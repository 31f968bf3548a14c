using System.Buffers;
using System.Text;
using System.Threading.Channels;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>What tests of the client share.</summary>
internal static class MqttTest
{
    public const MqttProtocolVersion V3 = MqttProtocolVersion.V311;
    public const MqttProtocolVersion V5 = MqttProtocolVersion.V500;
    public const MqttQualityOfService Qos0 = MqttQualityOfService.AtMostOnce;
    public const MqttQualityOfService Qos1 = MqttQualityOfService.AtLeastOnce;
    public const MqttQualityOfService Qos2 = MqttQualityOfService.ExactlyOnce;

    public static MqttClientOptions Options(int port, MqttProtocolVersion version = V5) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        Version = version,
        Reconnect = new MqttReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(20), LongestDelay = TimeSpan.FromMilliseconds(200) },
    };

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(in ReadOnlySequence<byte> payload) => Encoding.UTF8.GetString(payload);

    public static PublishPacket Publish(string topic, string payload, ushort identifier = 0) => new()
    {
        Topic = TopicName.Create(topic),
        Payload = new ReadOnlySequence<byte>(Bytes(payload)),
        QualityOfService = identifier == 0 ? Qos0 : Qos1,
        PacketIdentifier = identifier,
    };

    /// <summary>Subscribes with a handler that puts "topic=payload" into the returned channel.</summary>
    public static async Task<ChannelReader<Received>> ListenAsync(this MqttClient client, MqttQualityOfService qos, params string[] filters)
    {
        var received = Channel.CreateUnbounded<Received>();
        await client.SubscribeAsync(
            filters,
            (message, _) =>
            {
                received.Writer.TryWrite(new Received(
                    message.Topic, Text(message.Payload), message.QualityOfService, message.IsRetained, message.IsDuplicate));
                return default;
            },
            qos).WaitAsync(Limits.Wait);
        return received.Reader;
    }

    public static async Task<ScriptedServer.Conversation> StartAsync(
        this ScriptedServer server, MqttClient client, MqttProtocolVersion version = V5)
    {
        Task connecting = client.ConnectAsync();
        ScriptedServer.Conversation conversation = await server.WelcomeAsync(version);
        await conversation.GrantAsync();
        await connecting.WaitAsync(Limits.Wait);
        return conversation;
    }

    public static async Task<T> NextAsync<T>(this ChannelReader<T> reader)
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        return await reader.ReadAsync(limit.Token);
    }

    internal sealed record Received(
        string Topic, string Payload, MqttQualityOfService QualityOfService = Qos0, bool Retained = false, bool Duplicate = false);
}
