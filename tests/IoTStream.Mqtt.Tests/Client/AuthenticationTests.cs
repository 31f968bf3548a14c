using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>Challenges and responses (MQTT 5.0, section 4.12), and servers that send the client elsewhere (section 4.11).</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class AuthenticationTests
{
    [Test]
    public async Task Challenges_are_answered_when_connecting_and_anew_later()
    {
        using var server = new ScriptedServer();
        List<string> seen = [];
        await using var client = new MqttClient(Options(server.Port) with { Authentication = Counting(seen) });
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.AcceptAsync();
        PacketProperties connect = (await conversation.ReceiveAsync<ConnectPacket>()).Properties!;
        (connect.AuthenticationMethod, Told(connect)).Should().Be(("COUNT", "0:"));
        await conversation.SendAsync(Auth(MqttReasonCode.ContinueAuthentication, "c1"));
        AuthPacket answer = await conversation.ReceiveAsync<AuthPacket>();
        (answer.ReasonCode, answer.Properties!.AuthenticationMethod, Told(answer.Properties)).Should().Be((MqttReasonCode.ContinueAuthentication, "COUNT", "1:c1"));
        await conversation.SendAsync(new ConnAckPacket(MqttReasonCode.Success, Properties: Auth(default, "last").Properties));
        await connecting.WaitAsync(Limits.Wait);
        seen.Should().Equal("", "c1", "last");

        Task again = client.ReauthenticateAsync();
        AuthPacket begin = await conversation.ReceiveAsync<AuthPacket>();
        (begin.ReasonCode, Told(begin.Properties!)).Should().Be((MqttReasonCode.ReAuthenticate, "0:"));
        await conversation.SendAsync(Auth(MqttReasonCode.ContinueAuthentication, "c2"));
        Told((await conversation.ReceiveAsync<AuthPacket>()).Properties!).Should().Be("1:c2");
        again.IsCompleted.Should().BeFalse();
        await conversation.SendAsync(Auth(MqttReasonCode.Success, "end"));
        await again.WaitAsync(Limits.Wait);
        seen.Should().EndWith(["c2", "end"]);
    }

    [Test]
    public async Task A_server_that_is_not_who_it_says_is_left([Values] bool anotherMethod)
    {
        using var server = new ScriptedServer();
        MqttAuthentication suspicious = new() { Method = "COUNT", Begin = () => (challenge, _) => challenge.IsEmpty ? default : throw new InvalidOperationException("wrong signature") };
        await using var client = new MqttClient(Options(server.Port) with { Authentication = suspicious });
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.AcceptAsync();
        await conversation.ReceiveAsync<ConnectPacket>();
        AuthPacket challenge = Auth(MqttReasonCode.ContinueAuthentication, "c1");
        challenge.Properties!.AuthenticationMethod = anotherMethod ? "OTHER" : "COUNT";
        await conversation.SendAsync(challenge);
        await FluentActions.Awaiting(() => connecting.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttClientException>()
            .WithMessage(anotherMethod ? "*'OTHER'*" : "*wrong signature*");
    }

    [Test]
    public async Task Authenticating_anew_needs_a_method_and_a_connection()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        await FluentActions.Awaiting(() => client.ReauthenticateAsync()).Should().ThrowAsync<MqttClientException>().WithMessage("*no connection*");
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        await FluentActions.Awaiting(() => client.ReauthenticateAsync()).Should().ThrowAsync<MqttClientException>().WithMessage("*Authentication*");
    }

    [Test]
    public async Task A_client_goes_where_its_server_sends_it([Values] bool moved)
    {
        using var first = new ScriptedServer();
        using var second = new ScriptedServer();
        MqttClientOptions options = Options(first.Port);
        await using var client = new MqttClient(options with { Reconnect = options.Reconnect with { FollowServerReference = true, RetryFirst = true } });
        Task connecting = client.ConnectAsync();
        using (ScriptedServer.Conversation refusing = await first.AcceptAsync())
        {
            await refusing.ReceiveAsync<ConnectPacket>();
            await refusing.SendAsync(new ConnAckPacket(
                moved ? MqttReasonCode.ServerMoved : MqttReasonCode.UseAnotherServer,
                Properties: new PacketProperties { ServerReference = $"127.0.0.1:{second.Port} elsewhere" }));
        }

        ScriptedServer.Conversation other = await second.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        other.Dispose();
        using ScriptedServer.Conversation back = await (moved ? second : first).WelcomeAsync();
    }

    [Test]
    public async Task Unless_told_to_it_only_says_where()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation refusing = await server.AcceptAsync();
        await refusing.ReceiveAsync<ConnectPacket>();
        await refusing.SendAsync(new ConnAckPacket(MqttReasonCode.ServerMoved, Properties: new PacketProperties { ServerReference = "there:1", ReasonString = "full" }));
        (await FluentActions.Awaiting(() => connecting.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttRefusedException>().WithMessage("*full*there:1*"))
            .Which.ServerReference.Should().Be("there:1");
    }

    [Test]
    public async Task A_refused_message_brings_the_servers_words()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        FluentActions.Invoking(() => { _ = client.PublishAsync("t", default).AsTask(); }).Should().Throw<InvalidOperationException>().WithMessage("*ConnectAsync*");
        Task connecting = client.ConnectAsync();
        using ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await connecting.WaitAsync(Limits.Wait);
        Task published = client.PublishAsync("t", default, Qos1).AsTask();
        ushort identifier = (await conversation.ReceiveAsync<PublishPacket>()).PacketIdentifier;
        await conversation.SendAsync(new AcknowledgePacket(
            PacketType.PubAck, identifier, MqttReasonCode.QuotaExceeded, new PacketProperties { ReasonString = "enough for today" }));
        await FluentActions.Awaiting(() => published.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttRefusedException>().WithMessage("*enough for today*");
    }

    /// <summary>Answers with how many steps there were before, and the challenge.</summary>
    private static MqttAuthentication Counting(List<string> seen) => new()
    {
        Method = "COUNT",
        Begin = () =>
        {
            int steps = 0;
            return (challenge, _) =>
            {
                string text = System.Text.Encoding.UTF8.GetString(challenge.Span);
                seen.Add(text);
                return new(Bytes($"{steps++}:{text}"));
            };
        },
    };

    private static AuthPacket Auth(MqttReasonCode code, string data) =>
        new(code, new PacketProperties { AuthenticationMethod = "COUNT", AuthenticationData = Bytes(data).ToArray() });

    private static string Told(PacketProperties properties) => System.Text.Encoding.UTF8.GetString(properties.AuthenticationData!);
}
