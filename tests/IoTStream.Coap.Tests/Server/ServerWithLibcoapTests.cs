using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Tests.Connectors;
using IoTStream.Coap.Tests.Peers;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Runtime;

namespace IoTStream.Coap.Tests.Server;

/// <summary>libcoap's client against the server and the source.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ServerWithLibcoapTests
{
    [TestCase("127.0.0.1")]
    [TestCase("[::1]")]
    public async Task Methods_have_their_effects(string host)
    {
        await using CoapServer server = Start();
        var values = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        server.Map("values/{name}", (request, _) => new(Serve(values, request)));
        string uri = $"coap://{host}:{server.EndPoint.Port}/values/a";

        (await Libcoap.AskAsync("-m", "get", uri)).Errors.Should().Contain("4.04");
        await Libcoap.AskAsync("-m", "put", "-e", "one", uri);
        (await Libcoap.AskAsync("-m", "get", uri)).Output.Should().Be("one");
        (await Libcoap.AskAsync("-N", "-m", "get", uri)).Output.Should().Be("one");
        await Libcoap.AskAsync("-m", "post", "-e", "-two", uri);
        (await Libcoap.AskAsync("-m", "fetch", "-e", "what", uri)).Output.Should().Be("one-two what");
        await Libcoap.AskAsync("-m", "ipatch", "-e", "three", uri);
        (await Libcoap.AskAsync("-m", "get", uri)).Output.Should().Be("three");
        await Libcoap.AskAsync("-m", "delete", uri);
        values.Should().BeEmpty();
    }

    [Test]
    public async Task Large_bodies_go_both_ways_in_blocks([Values("", "64", "1024")] string size)
    {
        await using CoapServer server = Start();
        byte[] stored = [];
        server.Map("large", (request, _) =>
        {
            if (request.Method == CoapCode.Put)
            {
                stored = request.Payload.ToArray();
                return new(new CoapResponse { Code = CoapCode.Changed });
            }

            return new(new CoapResponse { Code = CoapCode.Content, Payload = stored, ContentFormat = CoapContentFormat.OctetStream });
        });
        string uri = $"coap://127.0.0.1:{server.EndPoint.Port}/large";
        string[] block = size.Length == 0 ? [] : ["-b", size];
        string folder = Directory.CreateTempSubdirectory("iotstream-coap-").FullName;
        try
        {
            byte[] body = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * i / 3))];
            string sent = Path.Combine(folder, "sent");
            string received = Path.Combine(folder, "received");
            await File.WriteAllBytesAsync(sent, body);
            await Libcoap.AskAsync([.. block, "-m", "put", "-f", sent, uri]);
            stored.Should().Equal(body);
            await Libcoap.AskAsync([.. block, "-m", "get", "-o", received, uri]);
            (await File.ReadAllBytesAsync(received)).Should().Equal(body);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Resources_are_listed()
    {
        await using CoapServer server = Start();
        server.Map("values/a", (_, _) => default, new CoapResourceOptions { ResourceType = "value" });
        (await Libcoap.AskAsync("-m", "get", $"coap://127.0.0.1:{server.EndPoint.Port}/.well-known/core")).Output.Should().Be("</values/a>;rt=\"value\"");
    }

    [Test]
    public async Task It_shows_where_it_is_when_it_is_asked()
    {
        await using CoapServer server = CoapServer.Start(new CoapServerOptions { Port = 0 });
        server.Map("large", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = Encoding.UTF8.GetBytes(new string('x', 5000)) }));
        (await Libcoap.AskAsync("-m", "get", $"coap://127.0.0.1:{server.EndPoint.Port}/large")).Output.Should().Be(new string('x', 5000));
        server.Statistics.Challenged.Should().Be(1);
    }

    [Test]
    public async Task Readings_reach_a_pipeline_with_and_without_an_epoch_log([Values] bool hasLog)
    {
        int port = FreePorts.Next();
        string folder = Directory.CreateTempSubdirectory("iotstream-coap-").FullName;
        try
        {
            var records = new ConcurrentQueue<string>();
            var builder = new TopologyBuilder("rooms");
            builder.From("readings", CoapSource.Receive("rooms/{room}", Loopback(port), Text.Codec, (text, path) => $"{path["room"]}: {text}"))
                .ForEach("seen", records.Enqueue);
            JobOptions options = hasLog ? new JobOptions { EpochLog = EpochLog.At(folder), EpochInterval = TimeSpan.FromMilliseconds(100) } : new JobOptions();
            await using Job job = await builder.Build().StartAsync(options);
            for (int i = 0; i < 5; i++)
            {
                (_, string errors) = await Libcoap.AskAsync("-m", "post", "-e", $"{i}", $"coap://127.0.0.1:{port}/rooms/kitchen");
                errors.Trim().Should().BeEmpty();
            }

            await job.StopAsync().WaitAsync(Limits.Wait);
            records.Should().Equal("kitchen: 0", "kitchen: 1", "kitchen: 2", "kitchen: 3", "kitchen: 4");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task A_reading_with_a_tag_is_taken_once_over_whatever_it_comes()
    {
        int port = FreePorts.Next();
        var records = new ConcurrentQueue<string>();
        var builder = new TopologyBuilder("rooms");
        CoapServerOptions options = Loopback(port) with { Tcp = new CoapTcpOptions { Port = port } };
        builder.From("readings", CoapSource.Receive("rooms", options, Text.Codec, new CoapSourceOptions { DeduplicateFor = TimeSpan.FromHours(1) })).ForEach("seen", records.Enqueue);
        await using Job job = await builder.Build().StartAsync();
        foreach ((string scheme, string tag) in ((string, string)[])[("coap+tcp", "01"), ("coap+tcp", "01"), ("coap", "01"), ("coap", "02"), ("coap+tcp", "02"), ("coap+tcp", "03")])
        {
            (_, string errors) = await Libcoap.AskAsync("-m", "post", "-O", $"4,0x{tag}", "-e", "21", $"{scheme}://127.0.0.1:{port}/rooms");
            errors.Trim().Should().BeEmpty();
        }

        await job.StopAsync().WaitAsync(Limits.Wait);
        records.Should().Equal("21", "21", "21");
    }

    [Test]
    public async Task A_request_to_a_group_is_answered()
    {
        var group = IPAddress.Parse("224.0.1.187");
        CoapServerOptions options = Loopback(0) with { Groups = [group], Transmission = new CoapTransmission { Leisure = TimeSpan.FromMilliseconds(50) } };
        CoapServer server;
        try
        {
            server = CoapServer.Start(options);
        }
        catch (SocketException e)
        {
            Assert.Ignore($"This machine has no multicast on its loopback: {e.Message}");
            return;
        }

        await using (server)
        {
            server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = "here"u8.ToArray() }));
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
            byte[] buffer = new byte[100];
            using var limit = new CancellationTokenSource(Limits.Wait);
            await socket.SendToAsync(Talk.Request(MessageType.NonConfirmable, CoapCode.Get, 1, "a"), new IPEndPoint(group, server.EndPoint.Port), limit.Token);
            SocketReceiveFromResult result = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), limit.Token);
            new Heard(buffer[..result.ReceivedBytes]).Text.Should().Be("here");
            result.RemoteEndPoint.Should().Be(server.EndPoint);
        }
    }

    private static CoapResponse Serve(ConcurrentDictionary<string, string> values, CoapServerRequest request)
    {
        string name = request.Path["name"];
        string text = Encoding.UTF8.GetString(request.Payload.Span);
        switch (request.Method)
        {
            case CoapCode.Get:
                return values.TryGetValue(name, out string? value)
                    ? new CoapResponse { Code = CoapCode.Content, Payload = Encoding.UTF8.GetBytes(value) }
                    : new CoapResponse { Code = CoapCode.NotFound };
            case CoapCode.Fetch:
                return new CoapResponse { Code = CoapCode.Content, Payload = Encoding.UTF8.GetBytes($"{values[name]} {text}") };
            case CoapCode.Post:
                values[name] += text;
                return new CoapResponse { Code = CoapCode.Changed };
            case CoapCode.Delete:
                values.TryRemove(name, out _);
                return new CoapResponse { Code = CoapCode.Deleted };
            default:
                values[name] = text;
                return new CoapResponse { Code = CoapCode.Changed };
        }
    }

    private static CoapServer Start() => CoapServer.Start(new CoapServerOptions { Port = 0 });

    private static CoapServerOptions Loopback(int port) => new() { Address = IPAddress.Loopback, Port = port };
}
