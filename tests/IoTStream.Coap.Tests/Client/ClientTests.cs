using System.Net;
using System.Text;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Client;

/// <summary>The client and the server with each other.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ClientTests
{
    [Test]
    public async Task Requests_and_answers_have_what_they_were_given()
    {
        await using CoapServer server = Start();
        await using var client = new CoapClient();
        CoapServerRequest? seen = null;
        server.Map("a b/{x}", (request, _) =>
        {
            seen = request;
            return new(new CoapResponse { Code = CoapCode.Created, Location = "made/1?a=1&b", ETag = new byte[] { 7 }, MaxAge = TimeSpan.FromSeconds(9), ContentFormat = CoapContentFormat.Cbor, Payload = "yes"u8.ToArray() });
        });

        CoapResponse response = await client.SendAsync(new CoapRequest
        {
            Uri = new Uri($"coap://127.0.0.1:{server.EndPoint.Port}/a%20b/%C3%A4?q=1&r"),
            Method = CoapCode.Post,
            Payload = "body"u8.ToArray(),
            ContentFormat = CoapContentFormat.Json,
            Accept = CoapContentFormat.Cbor,
            IfMatch = [new byte[] { 1 }],
            IfNoneMatch = true,
            ETags = [new byte[] { 2 }, new byte[] { 3 }],
        }).WaitAsync(Limits.Wait);

        response.Should().BeEquivalentTo(
            new { Code = CoapCode.Created, Location = "made/1?a=1&b", MaxAge = TimeSpan.FromSeconds(9), ContentFormat = CoapContentFormat.Cbor, Text = "yes", IsSuccess = true });
        response.ETag.ToArray().Should().Equal(7);
        seen!.Path["x"].Should().Be("ä");
        seen.Query.Should().Equal("q=1", "r");
        (seen.Method, seen.ContentFormat, seen.Accept, seen.IfNoneMatch).Should().Be((CoapCode.Post, CoapContentFormat.Json, CoapContentFormat.Cbor, true));
        seen.ETags.Should().HaveCount(2);
    }

    [Test]
    public async Task Large_bodies_go_and_come_in_blocks([Values(16, 256, 1024)] int blockSize, [Values] bool isConfirmable)
    {
        await using CoapServer server = Start();
        await using var client = new CoapClient(new CoapClientOptions { BlockSize = blockSize });
        int asked = 0;
        server.Map("echo", (request, _) =>
        {
            asked++;
            return new(new CoapResponse { Code = CoapCode.Changed, Payload = request.Payload });
        });
        byte[] body = [.. Enumerable.Range(0, blockSize * 20).Select(static i => (byte)(i * i))];

        var request = new CoapRequest { Uri = Uri(server, "echo"), Method = CoapCode.Post, Payload = body, IsConfirmable = isConfirmable };
        CoapResponse response = await client.SendAsync(request).WaitAsync(Limits.Wait);

        response.Payload.ToArray().Should().Equal(body);
        asked.Should().Be(1, "it is one request");
    }

    [Test]
    public async Task A_large_answer_to_a_small_request_is_fetched_without_doing_it_again()
    {
        await using CoapServer server = Start();
        await using var client = new CoapClient();
        int asked = 0;
        server.Map("large", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = new byte[5000 + (++asked)] }));
        (await client.PostAsync(Uri(server, "large"), "a"u8.ToArray()).WaitAsync(Limits.Wait)).Payload.Length.Should().Be(5001);
        asked.Should().Be(1);
        (await client.GetAsync(Uri(server, "large")).WaitAsync(Limits.Wait)).Payload.Length.Should().Be(5000 + asked, "all blocks are of one answer");
    }

    [Test]
    public async Task A_body_that_the_server_finds_too_large_is_refused()
    {
        await using CoapServer server = CoapServer.Start(new CoapServerOptions { Port = 0, MaximumBodySize = 2000 });
        await using var client = new CoapClient();
        server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Changed }));
        (await client.PutAsync(Uri(server, "a"), new byte[3000]).WaitAsync(Limits.Wait)).Code.Should().Be(CoapCode.RequestEntityTooLarge);
    }

    [Test]
    public async Task Nobody_there_is_an_exception()
    {
        await using var client = new CoapClient(new CoapClientOptions { Transmission = new CoapTransmission { AckTimeout = TimeSpan.FromMilliseconds(20), MaxRetransmit = 2 } });
        await FluentActions.Awaiting(() => client.GetAsync(new Uri($"coap://127.0.0.1:{FreePorts.Next()}/a")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>().WithMessage("*not answered*");
        await FluentActions.Awaiting(() => client.GetAsync(new Uri("coap://nowhere.invalid/a")).WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>().WithMessage("*nowhere.invalid*");
        await FluentActions.Awaiting(() => client.GetAsync(new Uri("coap+ws://127.0.0.1/a"))).Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    public async Task A_value_is_observed_until_nobody_wants_to()
    {
        await using CoapServer server = Start();
        await using var client = new CoapClient();
        CoapValue value = server.MapValue("value");
        value.Set("0"u8.ToArray());
        List<string> seen = [];
        await foreach (CoapResponse state in client.ObserveAsync(new CoapRequest { Uri = Uri(server, "value") }))
        {
            seen.Add(state.Text);
            if (seen.Count == 20)
            {
                break;
            }

            value.Observers.Should().Be(1);
            value.Set(Encoding.UTF8.GetBytes($"{seen.Count}"));
        }

        seen.Should().Equal(Enumerable.Range(0, 20).Select(static i => $"{i}"));
        await Limits.UntilAsync(() => value.Observers == 0, "the server has forgotten the observer");
    }

    [Test]
    public async Task The_last_state_is_always_seen_and_a_large_one_as_a_whole()
    {
        await using CoapServer server = Start();
        await using var client = new CoapClient();
        CoapValue value = server.MapValue("value");
        value.Set(new byte[3000]);
        int sets = 0;
        await foreach (CoapResponse state in client.ObserveAsync(new CoapRequest { Uri = Uri(server, "value") }))
        {
            state.Payload.Length.Should().BeInRange(3000, 3100);
            if (state.Payload.Length == 3100)
            {
                break;
            }

            while (sets < 100)
            {
                value.Set(new byte[3000 + ++sets]);
            }
        }
    }

    [Test]
    public async Task An_observer_survives_its_server()
    {
        int port = FreePorts.Next();
        await using var client = new CoapClient(new CoapClientOptions { TimeProvider = new FastTime() });
        using var ending = new CancellationTokenSource();
        List<string> seen = [];
        CoapServer server = CoapServer.Start(new CoapServerOptions { Address = IPAddress.Loopback, Port = port });
        server.MapValue("value").Set("first"u8.ToArray(), maxAge: TimeSpan.Zero);
        Task observing = Task.Run(async () =>
        {
            await foreach (CoapResponse state in client.ObserveAsync(new CoapRequest { Uri = new Uri($"coap://127.0.0.1:{port}/value") }, ending.Token))
            {
                lock (seen)
                {
                    seen.Add(state.Text);
                }
            }
        });
        await Limits.UntilAsync(() => Has("first"), "the first state");
        await server.DisposeAsync();
        server = CoapServer.Start(new CoapServerOptions { Address = IPAddress.Loopback, Port = port });
        server.MapValue("value").Set("second"u8.ToArray());
        await Limits.UntilAsync(() => Has("second"), "the state of the next server");
        await ending.CancelAsync();
        await FluentActions.Awaiting(() => observing).Should().ThrowAsync<OperationCanceledException>();
        await server.DisposeAsync();

        bool Has(string text)
        {
            lock (seen)
            {
                return seen.Contains(text);
            }
        }
    }

    [Test]
    public async Task A_state_that_is_known_is_confirmed()
    {
        await using CoapServer server = Start();
        await using var client = new CoapClient();
        server.MapValue("value").Set("a"u8.ToArray());
        CoapResponse first = await client.GetAsync(Uri(server, "value"));
        CoapResponse second = await client.SendAsync(new CoapRequest { Uri = Uri(server, "value"), ETags = [first.ETag] });
        (second.Code, second.Payload.Length).Should().Be((CoapCode.Valid, 0));
    }

    [Test]
    public async Task A_client_that_is_closed_says_so()
    {
        await using CoapServer server = Start();
        server.Map("slow", static async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return new CoapResponse { Code = CoapCode.Content };
        });
        var client = new CoapClient();
        Task asking = client.GetAsync(Uri(server, "slow"));
        await client.DisposeAsync();
        await FluentActions.Awaiting(() => asking.WaitAsync(Limits.Wait)).Should().ThrowAsync<CoapException>().WithMessage("*closed*");
    }

    private static CoapServer Start() => CoapServer.Start(new CoapServerOptions { Port = 0 });

    private static Uri Uri(CoapServer server, string path) => new($"coap://[::1]:{server.EndPoint.Port}/{path}");
}
