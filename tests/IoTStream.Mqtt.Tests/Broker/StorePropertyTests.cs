using System.Globalization;
using System.Text;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>Random clients of a broker that is killed now and then, against lists of what each of them is owed.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class StorePropertyTests
{
    private static readonly string[] Topics = ["a", "b"];

    [Test]
    public async Task A_broker_that_is_killed_owes_what_the_lists_say()
    {
        // Each case starts several brokers and waits for the disk many times.
        int cases = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_CASES") ?? "1000", CultureInfo.InvariantCulture) / 20;
        int first = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_SEED") ?? "1", CultureInfo.InvariantCulture);
        for (int seed = first; seed < first + Math.Max(cases, 1); seed++)
        {
            try
            {
                using var run = new Run(seed);
                await run.RunAsync();
            }
            catch (Exception e)
            {
                throw new AssertionException($"{e.Message} Repeat it with IOTSTREAM_TEST_SEED={seed}.", e);
            }
        }
    }

    private sealed class Run(int seed) : IDisposable
    {
        private readonly Random _random = new(seed);
        private readonly Dictionary<string, Owed> _clients = new(StringComparer.Ordinal) { ["c0"] = new(), ["c1"] = new(), ["c2"] = new() };
        private readonly Dictionary<string, string> _retained = new(StringComparer.Ordinal);
        private readonly List<StoreFolder> _folders = [new()];
        private MqttBroker? _broker;
        private int _number;

        public void Dispose() => _folders.ForEach(folder => folder.Dispose());

        public async Task RunAsync()
        {
            _broker = await StartAsync();
            for (int step = _random.Next(5, 30); step > 0; step--)
            {
                switch (_random.Next(6))
                {
                    case 0:
                        await CrashAsync();
                        break;
                    case 1 or 2:
                        await VisitAsync(_clients.ElementAt(_random.Next(_clients.Count)), all: false);
                        break;
                    default:
                        await PublishAsync();
                        break;
                }
            }

            await CrashAsync();
            foreach (KeyValuePair<string, Owed> client in _clients)
            {
                await VisitAsync(client, all: true);
            }

            _broker.Statistics.RetainedMessages.Should().Be(_retained.Count);
            await using (RawClient reader = await RawClient.ConnectAsync(_broker.Port, new ConnectPacket { ClientIdentifier = "r", CleanStart = true }))
            {
                await reader.SubscribeAsync([.. Topics.Select(topic => new TopicSubscription(topic))]);
                var found = new Dictionary<string, string>(StringComparer.Ordinal);
                while (found.Count < _retained.Count)
                {
                    (PublishPacket packet, string payload) = await reader.ReadPublishAsync();
                    found.Add(packet.Topic!.Text, payload);
                }

                found.Should().BeEquivalentTo(_retained);
            }

            await _broker.DisposeAsync();
        }

        private Task<MqttBroker> StartAsync() =>
            _folders[^1].StartAsync(options => options with { Store = options.Store! with { SegmentSize = 4096 } });

        private async Task CrashAsync()
        {
            MqttBroker dead = _broker!;
            _folders.Add(_folders[^1].Crash());
            await dead.DisposeAsync();
            _broker = await StartAsync();
        }

        private async Task PublishAsync()
        {
            await using RawClient publisher = await RawClient.ConnectAsync(_broker!.Port, Lasting("p"));
            for (ushort identifier = 1; identifier <= _random.Next(1, 8); identifier++)
            {
                MqttQualityOfService qos = _random.Next(2) == 0 ? Qos1 : Qos2;
                string topic = Topics[_random.Next(Topics.Length)];
                bool retain = _random.Next(3) == 0;
                string payload = retain && _random.Next(3) == 0 ? "" : $"{++_number}" + new string('.', _random.Next(300));
                await publisher.PublishAsync(topic, payload, qos, identifier, retain);
                (await publisher.ReadAsync<AcknowledgePacket>()).PacketIdentifier.Should().Be(identifier);
                if (qos == Qos2)
                {
                    await publisher.SendAsync(new AcknowledgePacket(PacketType.PubRel, identifier));
                    (await publisher.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubComp);
                }

                if (retain)
                {
                    _retained.Remove(topic);
                    if (payload.Length > 0)
                    {
                        _retained.Add(topic, payload);
                    }
                }

                foreach (Owed owed in _clients.Values)
                {
                    if (owed.Subscriptions.TryGetValue(topic, out MqttQualityOfService maximum))
                    {
                        owed.Messages.Add((topic, payload, qos < maximum ? qos : maximum));
                    }
                }
            }
        }

        /// <summary>A client comes, is given what it is owed, acknowledges some of it, changes what it subscribes to, and goes.</summary>
        private async Task VisitAsync(KeyValuePair<string, Owed> pair, bool all)
        {
            (string name, Owed owed) = pair;
            await using RawClient client = await RawClient.ConnectAsync(_broker!.Port, Lasting(name));
            List<PublishPacket> packets = [];
            List<string> payloads = [];
            List<ushort> released = [];
            while (packets.Count + released.Count < owed.Messages.Count + owed.Released.Count)
            {
                object? packet = await client.ReadAsync();
                if (packet is PublishPacket publish)
                {
                    packets.Add(publish);
                    payloads.Add(Encoding.UTF8.GetString(publish.Payload));
                }
                else
                {
                    released.Add(packet.Should().BeOfType<AcknowledgePacket>().Subject.PacketIdentifier);
                }
            }

            released.Should().Equal(owed.Released);
            packets.Select((packet, i) => (packet.Topic!.Text, payloads[i], packet.QualityOfService)).Should().Equal(owed.Messages);
            foreach (ushort identifier in owed.Released)
            {
                await client.SendAsync(new AcknowledgePacket(PacketType.PubComp, identifier));
            }

            owed.Released.Clear();
            int acknowledged = all ? packets.Count : _random.Next(packets.Count + 1);
            foreach (PublishPacket packet in packets.Take(acknowledged))
            {
                bool isQos1 = packet.QualityOfService == Qos1;
                await client.SendAsync(new AcknowledgePacket(isQos1 ? PacketType.PubAck : PacketType.PubRec, packet.PacketIdentifier));
                if (!isQos1)
                {
                    (await client.ReadAsync<AcknowledgePacket>()).Type.Should().Be(PacketType.PubRel);
                    owed.Released.Add(packet.PacketIdentifier);
                }
            }

            owed.Messages.RemoveRange(0, acknowledged);
            string changed = Topics[_random.Next(Topics.Length)];
            if (_random.Next(2) == 0 && !all)
            {
                MqttQualityOfService maximum = _random.Next(2) == 0 ? Qos1 : Qos2;
                await client.SubscribeAsync(new TopicSubscription(changed, maximum, RetainHandling: MqttRetainHandling.DoNotSend));
                owed.Subscriptions[changed] = maximum;
            }
            else if (!all)
            {
                await client.SendAsync(new UnsubscribePacket(9, [changed]));
                await client.ReadAsync<SubAckPacket>();
                owed.Subscriptions.Remove(changed);
            }

            // Its answer comes when all that was before is durable.
            await client.SubscribeAsync(new TopicSubscription("nothing"));
        }

        private static ConnectPacket Lasting(string client) => new()
        {
            ClientIdentifier = client, CleanStart = false, Properties = new PacketProperties { SessionExpiryInterval = 10_000 },
        };
    }

    private sealed class Owed
    {
        public Dictionary<string, MqttQualityOfService> Subscriptions { get; } = new(StringComparer.Ordinal);

        public List<(string Topic, string Payload, MqttQualityOfService QoS)> Messages { get; } = [];

        public List<ushort> Released { get; } = [];
    }
}
