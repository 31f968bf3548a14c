using IoTStream.Coap.Tests.Peers;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Client;

/// <summary>The client against libcoap's server, and libcoap's client against what can be observed.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ClientWithLibcoapTests
{
    [Test]
    public async Task Resources_are_made_read_changed_and_removed()
    {
        (PeerProcess server, int port) = Libcoap.StartServer("-d", "10");
        await using (server)
        {
            await using var client = new CoapClient();
            var uri = new Uri($"coap://127.0.0.1:{port}/made");
            await ReadyAsync(client, port);

            (await client.PutAsync(uri, "one"u8.ToArray()).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.Created);
            (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Text.Should().Be("one");
            (await client.PutAsync(uri, "two"u8.ToArray()).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.Changed);
            (await client.SendAsync(new CoapRequest { Uri = uri, IsConfirmable = false }).WaitAsync(Limits.Wait)).Text.Should().Be("two");
            (await client.PostAsync(uri, "three"u8.ToArray()).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.Changed);
            (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Text.Should().Be("three");
            (await client.SendAsync(new CoapRequest { Uri = uri, Method = CoapCode.Fetch }).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.MethodNotAllowed);
            (await client.SendAsync(new CoapRequest { Uri = uri, Method = CoapCode.Delete }).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.Deleted);
            (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.NotFound);
        }
    }

    [Test]
    public async Task A_hundred_thousand_bytes_go_and_come_in_blocks([Values(64, 1024)] int blockSize)
    {
        (PeerProcess server, int port) = Libcoap.StartServer("-d", "10");
        await using (server)
        {
            await using var client = new CoapClient(new CoapClientOptions { BlockSize = blockSize });
            var uri = new Uri($"coap://127.0.0.1:{port}/large");
            await ReadyAsync(client, port);
            byte[] body = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * i / 5))];

            (await client.PutAsync(uri, body).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.Created);
            (await client.GetAsync(uri).WaitAsync(Limits.Wait)).Payload.ToArray().Should().Equal(body);
        }
    }

    [Test]
    public async Task An_answer_that_takes_time_comes_for_itself()
    {
        (PeerProcess server, int port) = Libcoap.StartServer();
        await using (server)
        {
            await using var client = new CoapClient();
            await ReadyAsync(client, port);
            (await client.GetAsync(new Uri($"coap://127.0.0.1:{port}/async?1")).WaitAsync(Limits.Wait)).Text.Should().Be("done");
        }
    }

    [Test]
    public async Task The_time_is_observed([Values(false, true)] bool isConfirmable)
    {
        (PeerProcess server, int port) = Libcoap.StartServer(isConfirmable ? [] : ["-N"]);
        await using (server)
        {
            await using var client = new CoapClient();
            await ReadyAsync(client, port);
            List<string> seen = [];
            await foreach (CoapResponse state in client.ObserveAsync(new CoapRequest { Uri = new Uri($"coap://127.0.0.1:{port}/time") }))
            {
                state.Observe.Should().NotBeNull();
                seen.Add(state.Text);
                if (seen.Count == 3)
                {
                    break;
                }
            }

            seen.Distinct(StringComparer.Ordinal).Should().HaveCount(3);
        }
    }

    [Test]
    public async Task Libcoap_observes_a_value()
    {
        await using CoapServer server = CoapServer.Start(new CoapServerOptions { Port = 0 });
        CoapValue value = server.MapValue("value");
        value.Set("<0>"u8.ToArray());
        await using PeerProcess client = Libcoap.StartAsking("-w", "-s", "15", "-m", "get", $"coap://127.0.0.1:{server.EndPoint.Port}/value");
        await Observed.SeeAsync(client, value);
    }

    [Test]
    public async Task An_observer_that_is_gone_is_forgotten()
    {
        await using CoapServer server = CoapServer.Start(
            new CoapServerOptions { Port = 0, Transmission = new CoapTransmission { AckTimeout = TimeSpan.FromMilliseconds(30), MaxRetransmit = 2 } });
        CoapValue value = server.MapValue("value");
        value.Set("0"u8.ToArray());
        PeerProcess client = Libcoap.StartAsking("-s", "15", "-m", "get", $"coap://127.0.0.1:{server.EndPoint.Port}/value");
        await Limits.UntilAsync(() => value.Observers == 1, "it observes");
        await client.DisposeAsync();
        value.Set("1"u8.ToArray());
        await Limits.UntilAsync(() => value.Observers == 0, "it is forgotten");
    }

    private static async Task ReadyAsync(CoapClient client, int port)
    {
        // The socket may be bound a moment after the process has begun; a request that nobody hears is repeated only after seconds.
        for (int attempt = 0; attempt < 100; attempt++)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            try
            {
                await client.GetAsync(new Uri($"coap://127.0.0.1:{port}/"), limit.Token);
                return;
            }
            catch (OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }

        Assert.Fail("libcoap's server does not answer.");
    }
}
