using System.Globalization;
using System.Net;
using System.Text;
using IoTStream.Coap.Tests.Peers;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Client;

/// <summary>npm's <c>coap</c>, as a client of the server and as a server of the client.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class NodeTests
{
    [Test]
    public async Task Node_puts_gets_and_observes()
    {
        await using CoapServer server = CoapServer.Start(new CoapServerOptions { Address = IPAddress.Loopback, Port = 0, MaximumAmplification = double.PositiveInfinity });
        byte[] stored = [];
        server.Map("large", (request, _) =>
        {
            if (request.Method == CoapCode.Put)
            {
                stored = request.Payload.ToArray();
            }

            return new(new CoapResponse { Code = request.Method == CoapCode.Put ? CoapCode.Changed : CoapCode.Content, Payload = request.Method == CoapCode.Put ? default : stored });
        });
        CoapValue value = server.MapValue("value");
        value.Set("0"u8.ToArray());
        await using PeerProcess node = NodeCoap.Run(
            """
            const port = Number(process.argv[1]);
            const large = Buffer.from(Array.from({ length: 20000 }, (_, i) => i * i));
            const put = coap.request({ agent: new coap.Agent({ type: 'udp4' }), hostname: '127.0.0.1', port, pathname: '/large', method: 'PUT', options: { Block1: Buffer.from([6]) } });
            put.on('response', response => {
                console.log('put ' + response.code);
                const get = coap.request({ agent: new coap.Agent({ type: 'udp4' }), hostname: '127.0.0.1', port, pathname: '/large' });
                get.on('response', response => {
                    console.log('get ' + response.code + ' ' + response.payload.equals(large));
                    const observe = coap.request({ agent: new coap.Agent({ type: 'udp4' }), hostname: '127.0.0.1', port, pathname: '/value', observe: true });
                    observe.on('response', response => {
                        let last = -1;
                        response.on('data', data => {
                            if (Number(data) > last) { last = Number(data); console.log('seen ' + last); }
                            if (last >= 5) { console.log('done'); process.exit(0); }
                        });
                    });
                    observe.end();
                });
                get.end();
            });
            put.end(large);
            """,
            server.EndPoint.Port.ToString(CultureInfo.InvariantCulture));
        for (int i = 1; i <= 5; i++)
        {
            await Limits.UntilAsync(() => node.Output.Contains($"seen {i - 1}") || node.HasExited, $"node sees {i - 1}: {node.Errors}");
            value.Set(Encoding.UTF8.GetBytes($"{i}"));
        }

        await Limits.UntilAsync(() => node.Output.Contains("done") || node.HasExited, "node has seen the last one");
        TestContext.Out.WriteLine(string.Join("; ", node.Output) + node.Errors);
        node.Output.Take(2).Should().Equal("put 2.04", "get 2.05 true");
    }

    [Test]
    public async Task Node_is_asked_and_observed()
    {
        int port = FreePorts.Next();
        await using PeerProcess node = NodeCoap.Run(
            """
            let count = 0;
            coap.createServer((request, response) => {
                if (request.headers.Observe !== undefined && request.headers.Observe === 0) {
                    response.write(String(count++));
                    const timer = setInterval(() => response.write(String(count++)), 50);
                    response.on('finish', () => clearInterval(timer));
                    return;
                }
                response.code = request.method === 'POST' ? '2.04' : '2.05';
                response.end(request.method + ' ' + request.url + ' ' + request.payload);
            }).listen(Number(process.argv[1]), '127.0.0.1', () => console.log('listening'));
            """,
            port.ToString(CultureInfo.InvariantCulture));
        await node.LinesAsync(1);
        await using var client = new CoapClient();
        (await client.GetAsync(new Uri($"coap://127.0.0.1:{port}/a/b?c=d")).WaitAsync(Limits.Wait)).Text.Should().Be("GET /a/b?c=d ");
        CoapResponse posted = await client.PostAsync(new Uri($"coap://127.0.0.1:{port}/a"), "body"u8.ToArray()).WaitAsync(Limits.Wait);
        (posted.Code, posted.Text).Should().Be((CoapCode.Changed, "POST /a body"));
        List<int> seen = [];
        await foreach (CoapResponse state in client.ObserveAsync(new CoapRequest { Uri = new Uri($"coap://127.0.0.1:{port}/time") }))
        {
            seen.Add(int.Parse(state.Text, CultureInfo.InvariantCulture));
            if (seen.Count == 5)
            {
                break;
            }
        }

        seen.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
    }
}
