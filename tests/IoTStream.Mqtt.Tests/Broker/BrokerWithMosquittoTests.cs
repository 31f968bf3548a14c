using System.Security.Cryptography.X509Certificates;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>The tools of Mosquitto against our broker, in both versions of the protocol.</summary>
[TestFixture("mqttv311")]
[TestFixture("mqttv5")]
[Parallelizable(ParallelScope.All)]
internal sealed class BrokerWithMosquittoTests(string version)
{
    [TestCase("0")]
    [TestCase("1")]
    [TestCase("2")]
    public async Task Messages_come_through_in_order(string qos)
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using PeerProcess subscriber = Subscribe(broker, "-t", "city/+/speed", "-q", qos, "-C", "200", "-F", "%q %p");
        await broker.SubscriptionsAsync(1);
        await using (PeerProcess publisher = Mosquitto.StartPublishing(broker.Port, "-V", version, "-t", "city/a/speed", "-q", qos, "-l"))
        {
            for (int i = 0; i < 200; i++)
            {
                await publisher.WriteLineAsync($"{i}");
            }

            (await publisher.ExitAsync()).Should().Be(0, publisher.Errors);
        }

        (await subscriber.LinesAsync(200)).Should().Equal(Enumerable.Range(0, 200).Select(i => $"{qos} {i}"));
    }

    [Test]
    public async Task A_share_divides_the_messages_among_its_members()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using PeerProcess one = Subscribe(broker, "-t", "$share/g/a/+", "-q", "1", "-C", "10");
        await using PeerProcess other = Subscribe(broker, "-t", "$share/g/a/+", "-q", "1", "-C", "10");
        await broker.SubscriptionsAsync(2);
        await using (PeerProcess publisher = Mosquitto.StartPublishing(broker.Port, "-V", version, "-t", "a/b", "-q", "1", "-l"))
        {
            for (int i = 0; i < 20; i++)
            {
                await publisher.WriteLineAsync($"{i:00}");
            }

            (await publisher.ExitAsync()).Should().Be(0, publisher.Errors);
        }

        IEnumerable<string> all = [.. await one.LinesAsync(10), .. await other.LinesAsync(10)];
        all.Order().Should().Equal(Enumerable.Range(0, 20).Select(i => $"{i:00}"));
    }

    [Test]
    public async Task Wildcards_choose_topics()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using PeerProcess subscriber = Subscribe(broker, "-t", "a/+/c", "-t", "x/#", "-C", "3", "-F", "%t");
        await broker.SubscriptionsAsync(2);
        foreach (string topic in new[] { "a/b/c", "a/b", "x", "x/y/z", "y" })
        {
            await PublishAsync(broker, "-t", topic, "-m", "m");
        }

        (await subscriber.LinesAsync(3)).Should().Equal("a/b/c", "x", "x/y/z");
    }

    [Test]
    public async Task Retained_messages_greet_subscribers_until_they_are_cleared()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await PublishAsync(broker, "-t", "a", "-m", "old", "-r");
        await PublishAsync(broker, "-t", "a", "-m", "new", "-r", "-q", "1");
        await PublishAsync(broker, "-t", "b", "-m", "cleared", "-r");
        await PublishAsync(broker, "-t", "b", "-n", "-r");
        await using PeerProcess subscriber = Subscribe(broker, "-t", "#", "-C", "1", "-F", "%t %r %p");
        (await subscriber.LinesAsync(1)).Should().Equal("a 1 new");
        broker.Statistics.RetainedMessages.Should().Be(1);
    }

    [Test]
    public async Task A_killed_client_s_will_is_published()
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        await using PeerProcess watcher = Subscribe(broker, "-t", "will", "-C", "1");
        await broker.SubscriptionsAsync(1);
        await using PeerProcess client = Subscribe(
            broker, "-t", "x", "--will-topic", "will", "--will-payload", "gone", "--will-qos", "1");
        await broker.SubscriptionsAsync(2);
        client.Kill();
        (await watcher.LinesAsync(1)).Should().Equal("gone");
    }

    [TestCase("1")]
    [TestCase("2")]
    public async Task A_lasting_session_receives_what_came_while_its_client_was_away(string qos)
    {
        await using MqttBroker broker = await Brokers.StartAsync();
        string[] lasting = version == "mqttv5" ? ["-c", "-x", "100", "-i", "c"] : ["-c", "-i", "c"];
        await using (PeerProcess first = Subscribe(broker, ["-t", "a", "-q", qos, .. lasting]))
        {
            await broker.SubscriptionsAsync(1);
        }

        await Limits.UntilAsync(() => broker.Statistics.Connections == 0, "the client is away");
        await PublishAsync(broker, "-t", "a", "-m", "kept", "-q", qos);
        await using PeerProcess second = Subscribe(broker, ["-t", "a", "-q", qos, "-C", "1", .. lasting]);
        (await second.LinesAsync(1)).Should().Equal("kept");
    }

    [Test]
    public async Task The_authentication_callback_decides()
    {
        await using MqttBroker broker = await Brokers.StartAsync(options => options with
        {
            Authenticate = async (request, cancellationToken) =>
            {
                await Task.Yield();
                return request is { UserName: "sensor", Password: { } password } && password.Span.SequenceEqual("secret"u8)
                    ? MqttReasonCode.Success
                    : MqttReasonCode.BadUserNameOrPassword;
            },
        });
        await using PeerProcess subscriber = Subscribe(broker, "-t", "a", "-C", "1", "-u", "sensor", "-P", "secret");
        await broker.SubscriptionsAsync(1);
        await using (PeerProcess stranger = Mosquitto.StartPublishing(
            broker.Port, "-V", version, "-t", "a", "-m", "forged", "-u", "sensor", "-P", "guess"))
        {
            (await stranger.ExitAsync()).Should().NotBe(0);
        }

        await PublishAsync(broker, "-t", "a", "-m", "genuine", "-u", "sensor", "-P", "secret");
        (await subscriber.LinesAsync(1)).Should().Equal("genuine");
    }

    [Test]
    public async Task Tls_protects_the_connection_and_client_certificates_reach_the_callback()
    {
        using var certificates = new Certificates();
        using X509Certificate2 server = certificates.Issue("localhost");
        using X509Certificate2 sensor = certificates.Issue("sensor-7");
        (string certificate, string key) = certificates.Files(sensor);
        var subjects = new List<string?>();
        await using MqttBroker broker = await Brokers.StartAsync(options => options with
        {
            Tls = new MqttBrokerTls { ServerCertificate = server, ClientAuthorities = [certificates.Authority] },
            Authenticate = (request, _) =>
            {
                lock (subjects)
                {
                    subjects.Add(request.ClientCertificate?.Subject);
                }

                return ValueTask.FromResult(MqttReasonCode.Success);
            },
        });
        await using PeerProcess subscriber = Subscribe(broker, "-t", "a", "-C", "1", "--cafile", certificates.AuthorityFile);
        await broker.SubscriptionsAsync(1);
        await PublishAsync(broker, "-t", "a", "-m", "safe", "--cafile", certificates.AuthorityFile, "--cert", certificate, "--key", key);
        (await subscriber.LinesAsync(1)).Should().Equal("safe");
        subjects.Should().BeEquivalentTo([null, "CN=sensor-7"]);
    }

    [Test]
    public async Task A_client_certificate_can_be_required_and_has_to_come_from_the_authority()
    {
        using var certificates = new Certificates();
        using var others = new Certificates();
        using X509Certificate2 server = certificates.Issue("localhost");
        using X509Certificate2 forged = others.Issue("sensor-7");
        (string certificate, string key) = others.Files(forged);
        await using MqttBroker broker = await Brokers.StartAsync(options => options with
        {
            Tls = new MqttBrokerTls
            {
                ServerCertificate = server,
                ClientAuthorities = [certificates.Authority],
                RequireClientCertificate = true,
            },
        });
        foreach (string[] extra in new string[][] { [], ["--cert", certificate, "--key", key] })
        {
            await using PeerProcess client = Mosquitto.StartPublishing(
                broker.Port, ["-V", version, "-t", "a", "-m", "m", "-q", "1", "--cafile", certificates.AuthorityFile, .. extra]);
            (await client.ExitAsync()).Should().NotBe(0);
        }
    }

    private PeerProcess Subscribe(MqttBroker broker, params string[] arguments) =>
        Mosquitto.Subscribe(broker.Port, ["-V", version, .. arguments]);

    private Task PublishAsync(MqttBroker broker, params string[] arguments) =>
        Mosquitto.PublishAsync(broker.Port, ["-V", version, .. arguments]);
}
