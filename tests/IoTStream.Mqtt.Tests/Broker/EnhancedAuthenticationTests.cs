using System.Text;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>Challenges and responses (MQTT 5.0, section 4.12), and clients that are sent elsewhere (section 4.11).</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class EnhancedAuthenticationTests
{
    private const MqttReasonCode Continue = MqttReasonCode.ContinueAuthentication;

    [Test]
    public async Task A_client_answers_challenges_until_it_is_let_in_and_anew_later()
    {
        List<string> seen = [];
        await using MqttBroker broker = await StartAsync(seen);
        await using RawClient client = await RawClient.OpenAsync(broker.Port);
        await client.SendAsync(Connect("first"));
        AuthPacket challenge = await client.ReadAsync<AuthPacket>();
        (challenge.ReasonCode, challenge.Properties!.AuthenticationMethod, Data(challenge.Properties)).Should().Be((Continue, "ADD", "challenge 1"));
        await client.SendAsync(Auth(Continue, "answer 1"));
        ConnAckPacket connAck = await client.ReadAsync<ConnAckPacket>();
        (connAck.ReasonCode, connAck.Properties!.AuthenticationMethod, Data(connAck.Properties)).Should().Be((MqttReasonCode.Success, "ADD", "welcome"));

        await client.SendAsync(Auth(MqttReasonCode.ReAuthenticate, "again"));
        Data((await client.ReadAsync<AuthPacket>()).Properties!).Should().Be("challenge 1");
        await client.PingAsync();
        await client.SendAsync(Auth(Continue, "answer 2"));
        AuthPacket end = await client.ReadAsync<AuthPacket>();
        (end.ReasonCode, Data(end.Properties!)).Should().Be((MqttReasonCode.Success, "welcome"));
        await client.PingAsync();
        seen.Should().Equal("c:first", "c:answer 1", "c:again", "c:answer 2");
    }

    [Test]
    public async Task The_client_of_this_library_authenticates_with_it()
    {
        await using MqttBroker broker = await StartAsync([]);
        await using var client = new MqttClient(new MqttClientOptions
        {
            Host = "127.0.0.1",
            Port = broker.Port,
            ClientId = "c",
            Authentication = new MqttAuthentication
            {
                Method = "ADD",
                Begin = () => (challenge, _) => new(Encoding.UTF8.GetBytes(challenge.IsEmpty ? "first" : "answer")),
            },
        });
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        await client.ReauthenticateAsync().WaitAsync(Limits.Wait);
    }

    [TestCase("wrong", MqttReasonCode.NotAuthorized)]
    [TestCase("throw", MqttReasonCode.UnspecifiedError)]
    public async Task A_client_that_fails_is_refused_and_one_that_fails_anew_is_sent_away(string answer, MqttReasonCode reason)
    {
        await using MqttBroker broker = await StartAsync([]);
        await using (RawClient refused = await RawClient.OpenAsync(broker.Port))
        {
            await refused.SendAsync(Connect("first"));
            await refused.ReadAsync<AuthPacket>();
            await refused.SendAsync(Auth(Continue, answer));
            (await refused.ReadAsync<ConnAckPacket>()).ReasonCode.Should().Be(reason);
            (await refused.ReadAsync()).Should().BeNull();
        }

        await using RawClient client = await LetInAsync(broker);
        await client.SendAsync(Auth(MqttReasonCode.ReAuthenticate, answer));
        (await client.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(reason);
        broker.Statistics.Sessions.Should().Be(0);
    }

    [Test]
    public async Task Only_methods_that_there_are_and_only_in_turn()
    {
        await using MqttBroker broker = await StartAsync([]);
        await using (RawClient other = await RawClient.OpenAsync(broker.Port))
        {
            await other.SendAsync(new ConnectPacket { ClientIdentifier = "c", Properties = new PacketProperties { AuthenticationMethod = "OTHER" } });
            (await other.ReadAsync<ConnAckPacket>()).ReasonCode.Should().Be(MqttReasonCode.BadAuthenticationMethod);
        }

        await using (RawClient early = await RawClient.OpenAsync(broker.Port))
        {
            await early.SendAsync(Connect("first"));
            await early.ReadAsync<AuthPacket>();
            await early.SendAsync(new PingPacket(PacketType.PingReq));
            (await early.ReadAsync()).Should().BeNull();
        }

        await using (RawClient changing = await LetInAsync(broker))
        {
            AuthPacket packet = Auth(MqttReasonCode.ReAuthenticate, "first");
            packet.Properties!.AuthenticationMethod = "OTHER";
            await changing.SendAsync(packet);
            (await changing.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ProtocolError);
        }

        await using (RawClient unasked = await LetInAsync(broker))
        {
            await unasked.SendAsync(Auth(Continue, "nobody asked"));
            (await unasked.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ProtocolError);
        }

        await using RawClient plain = await RawClient.ConnectAsync(broker.Port, new ConnectPacket { ClientIdentifier = "plain" });
        await plain.SendAsync(Auth(MqttReasonCode.ReAuthenticate, "first"));
        (await plain.ReadAsync<DisconnectPacket>()).ReasonCode.Should().Be(MqttReasonCode.ProtocolError);
    }

    [Test]
    public async Task An_exchange_that_takes_too_long_ends_with_the_time_for_connecting()
    {
        var time = new ManualTime();
        await using MqttBroker broker = await StartAsync([], options => options with { TimeProvider = time });
        await using RawClient client = await RawClient.OpenAsync(broker.Port);
        await client.SendAsync(Connect("first"));
        await client.ReadAsync<AuthPacket>();
        time.Advance(TimeSpan.FromSeconds(11));
        (await client.ReadAsync()).Should().BeNull();
    }

    [TestCase(MqttReasonCode.UseAnotherServer)]
    [TestCase(MqttReasonCode.ServerMoved)]
    public async Task Clients_are_sent_to_another_server(MqttReasonCode reason)
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with
        {
            Authenticate = (request, _) =>
            {
                request.ServerReference = "other:1884";
                return ValueTask.FromResult(reason);
            },
        });
        await using RawClient client = await RawClient.OpenAsync(broker.Port);
        await client.SendAsync(new ConnectPacket { ClientIdentifier = "c" });
        ConnAckPacket connAck = await client.ReadAsync<ConnAckPacket>();
        (connAck.ReasonCode, connAck.Properties!.ServerReference).Should().Be((reason, "other:1884"));
        (await client.ReadAsync()).Should().BeNull();
    }

    private static Task<MqttBroker> StartAsync(List<string> seen, Func<MqttBrokerOptions, MqttBrokerOptions>? configure = null) => Brokers.StartAsync(options =>
    {
        options = options with { AuthenticationMethods = [new MqttBrokerAuthentication { Method = "ADD", Begin = client => Begin(client, seen) }] };
        return configure is null ? options : configure(options);
    });

    private static MqttBrokerAuthenticationStep Begin(MqttConnectRequest client, List<string> seen)
    {
        int challenges = 0;
        return (response, _) =>
        {
            string text = Encoding.UTF8.GetString(response.Span);
            seen.Add($"{client.ClientIdentifier}:{text}");
            return ValueTask.FromResult(text switch
            {
                "wrong" => MqttAuthenticationResult.Refuse(),
                "throw" => throw new InvalidOperationException("The method is broken."),
                _ when challenges++ == 0 => MqttAuthenticationResult.Challenge(Encoding.UTF8.GetBytes("challenge 1")),
                _ => MqttAuthenticationResult.Accept(Encoding.UTF8.GetBytes("welcome")),
            });
        };
    }

    private static async Task<RawClient> LetInAsync(MqttBroker broker)
    {
        RawClient client = await RawClient.OpenAsync(broker.Port);
        await client.SendAsync(Connect("first"));
        await client.ReadAsync<AuthPacket>();
        await client.SendAsync(Auth(Continue, "answer"));
        await client.ReadAsync<ConnAckPacket>();
        return client;
    }

    private static ConnectPacket Connect(string data) => new() { ClientIdentifier = "c", Properties = Auth(default, data).Properties };

    private static AuthPacket Auth(MqttReasonCode code, string data) =>
        new(code, new PacketProperties { AuthenticationMethod = "ADD", AuthenticationData = Encoding.UTF8.GetBytes(data) });

    private static string Data(PacketProperties properties) => Encoding.UTF8.GetString(properties.AuthenticationData!);
}
