using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>The embedded broker with clients of npm's <c>mqtt</c>.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BrokerWithNodeTests
{
    // Two clients, the second of which sends the first what it gets back with topic, QoS and retain flag.
    private const string Exchange = """
        const [url, version, qos, count] = process.argv.slice(1);
        const options = { protocolVersion: Number(version), reconnectPeriod: 0 };
        const receiver = mqtt.connect(url, options);
        let received = 0;
        receiver.on('error', error => { console.log('error ' + error); process.exit(1); });
        receiver.on('message', (topic, payload, packet) => {
            console.log(`${topic} ${packet.qos} ${payload}`);
            if (++received == Number(count)) { sender.end(false, () => receiver.end(false, () => console.log('end'))); }
        });
        let sender;
        receiver.on('connect', () => receiver.subscribe('node/+/x', { qos: 2 }, (error, granted) => {
            console.log(`granted ${granted[0].qos}`);
            sender = mqtt.connect(url, options);
            sender.on('connect', () => { for (let i = 0; i < Number(count); i++) sender.publish(`node/${i % 7}/x`, `${i}`, { qos: Number(qos) }); });
        }));
        """;

    // A client that is away gets what was published meanwhile, and its will is published when it goes without a good-bye.
    private const string Session = """
        const [url, version] = process.argv.slice(1);
        const options = { protocolVersion: Number(version), reconnectPeriod: 0, clientId: 'keeper', clean: false,
            ...(version == '5' ? { properties: { sessionExpiryInterval: 60 } } : {}), will: { topic: 'node/will', payload: 'gone', qos: 1 } };
        const watcher = mqtt.connect(url, { protocolVersion: Number(version), reconnectPeriod: 0 });
        watcher.on('message', (topic, payload) => { console.log(`${topic} ${payload}`); watcher.end(); });
        watcher.on('connect', () => watcher.subscribe('node/will', { qos: 1 }, () => {
            const first = mqtt.connect(url, options);
            first.on('connect', () => first.subscribe('node/kept', { qos: 1 }, () => first.end(false, () =>
                watcher.publish('node/kept', 'while you were out', { qos: 1 }, () => {
                    const second = mqtt.connect(url, options);
                    second.on('connect', packet => console.log(`present ${packet.sessionPresent}`));
                    second.on('message', (topic, payload) => { console.log(`${topic} ${payload}`); second.stream.destroy(); });
                }))));
        }));
        """;

    [Test]
    public async Task Messages_come_in_order([Values] MqttProtocolVersion version, [Values] MqttQualityOfService qos, [Values] bool webSocket)
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions { Port = 0, WebSocketPort = 0 });
        string url = webSocket ? $"ws://127.0.0.1:{broker.WebSocketPort}/mqtt" : $"mqtt://127.0.0.1:{broker.Port}";
        await using PeerProcess node = NodeMqtt.Run(Exchange, url, version == V5 ? "5" : "4", $"{(int)qos}", "300");
        IReadOnlyList<string> lines = await node.LinesAsync(302);
        lines.Should().Equal(["granted 2", .. Enumerable.Range(0, 300).Select(i => $"node/{i % 7}/x {(int)qos} {i}"), "end"], "node said: {0}", node.Errors);
    }

    [Test]
    public async Task Sessions_are_kept_and_wills_published([Values] MqttProtocolVersion version)
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions { Port = 0 });
        await using PeerProcess node = NodeMqtt.Run(Session, $"mqtt://127.0.0.1:{broker.Port}", version == V5 ? "5" : "4");
        (await node.LinesAsync(3)).Should().Equal(["present true", "node/kept while you were out", "node/will gone"], "node said: {0}", node.Errors);
    }
}
