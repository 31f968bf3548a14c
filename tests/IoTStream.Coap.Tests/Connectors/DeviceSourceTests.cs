using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Runtime;

namespace IoTStream.Coap.Tests.Connectors;

/// <summary>Sources that ask devices, and the sink that tells them something.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class DeviceSourceTests
{
    [Test]
    public async Task Devices_are_observed_from_one_socket()
    {
        await using CoapServer devices = Start();
        CoapValue[] values = [.. Enumerable.Range(0, 20).Select(i => devices.MapValue($"device/{i}"))];
        foreach (CoapValue value in values)
        {
            value.Set("0"u8.ToArray());
        }

        var failures = new ConcurrentBag<Uri>();
        Uri[] resources = [.. Enumerable.Range(0, 20).Select(i => Uri(devices, $"device/{i}")), Uri(devices, "nothing")];
        var records = new ConcurrentQueue<string>();
        var builder = new TopologyBuilder("devices");
        builder.From("states", CoapSource.Observe(resources, new CoapClientOptions(), Text.Codec, static (text, uri) => $"{uri.AbsolutePath}={text}", new CoapObserveOptions { OnFailure = (uri, _) => failures.Add(uri) }))
            .ForEach("seen", records.Enqueue);
        await using Job job = await builder.Build().StartAsync();
        for (int round = 1; round <= 5; round++)
        {
            await Limits.UntilAsync(() => records.Count >= 20 * round, "all have told their state");
            foreach (CoapValue value in values)
            {
                value.Set(Encoding.UTF8.GetBytes(round.ToString(CultureInfo.InvariantCulture)));
            }
        }

        await Limits.UntilAsync(() => records.Count >= 120, "all have told their last state");
        await job.StopAsync().WaitAsync(Limits.Wait);
        records.Should().BeEquivalentTo(Enumerable.Range(0, 6).SelectMany(static round => Enumerable.Range(0, 20).Select(i => $"/device/{i}={round}")));
        failures.Should().NotBeEmpty().And.OnlyContain(static uri => uri.AbsolutePath == "/nothing");
    }

    [Test]
    public async Task Devices_are_polled_and_what_does_not_decode_is_a_dead_letter()
    {
        await using CoapServer devices = Start();
        int asked = 0;
        devices.Map("good", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = Encoding.UTF8.GetBytes($"{Interlocked.Increment(ref asked)}") }));
        devices.Map("bad", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = "!"u8.ToArray() }));
        var records = new ConcurrentQueue<string>();
        var letters = new ConcurrentQueue<DeadLetter>();
        var builder = new TopologyBuilder("devices");
        builder.From("states", CoapSource.Poll([Uri(devices, "good"), Uri(devices, "bad")], TimeSpan.FromMilliseconds(20), new CoapClientOptions(), Text.Codec, static (text, _) => text))
            .ForEach("seen", records.Enqueue);
        builder.DeadLetters.ForEach("letters", letters.Enqueue);
        await using Job job = await builder.Build().StartAsync();
        await Limits.UntilAsync(() => records.Count >= 5 && letters.Count >= 5, "they are asked again and again");
        await job.StopAsync().WaitAsync(Limits.Wait);
        records.Take(5).Should().Equal("1", "2", "3", "4", "5");
        letters.First().Headers.Text(CoapHeaders.Path).Should().EndWith("/bad");
    }

    [Test]
    public async Task Records_reach_their_devices_in_the_order_of_each()
    {
        await using CoapServer devices = Start();
        var told = new ConcurrentDictionary<string, ConcurrentQueue<string>>(StringComparer.Ordinal);
        int refused = 0;
        devices.Map("valve/{number}", (request, _) =>
        {
            if (Interlocked.Increment(ref refused) % 30 == 0)
            {
                return new(new CoapResponse { Code = CoapCode.ServiceUnavailable, MaxAge = TimeSpan.FromSeconds(1) });
            }

            request.Method.Should().Be(CoapCode.Put);
            told.GetOrAdd(request.Path["number"], static _ => new()).Enqueue(Encoding.UTF8.GetString(request.Payload.Span));
            return new(new CoapResponse { Code = CoapCode.Changed });
        });
        var builder = new TopologyBuilder("valves");
        builder.From("orders", Source.From(Enumerable.Range(0, 60).ToArray()))
            .To("valves", CoapSink.To<int>(i => Uri(devices, $"valve/{i % 4}"), new CoapClientOptions { Transmission = new CoapTransmission { NStart = 8 } }, new NumberCodec()));
        await using Job job = await builder.Build().StartAsync();
        await job.Completion.WaitAsync(Limits.Wait);
        for (int valve = 0; valve < 4; valve++)
        {
            told[$"{valve}"].Should().Equal(Enumerable.Range(0, 60).Where(i => i % 4 == valve).Select(static i => $"{i}"));
        }
    }

    [Test]
    public async Task A_record_that_is_refused_fails_the_job_or_is_told_of()
    {
        await using CoapServer devices = Start();
        FluentActions.Invoking(() => CoapSink.To(new Uri("http://a/"), new CoapClientOptions(), new NumberCodec())).Should().Throw<ArgumentException>();
        await FluentActions.Awaiting(() => RunAsync(new CoapSinkOptions())).Should().ThrowAsync<Exception>().Where(static e => e.ToString().Contains(nameof(CoapCode.NotFound)));

        var undeliverable = new ConcurrentQueue<string>();
        await RunAsync(new CoapSinkOptions { OnUndeliverable = (uri, reason) => undeliverable.Enqueue(reason.Message) });
        undeliverable.Should().HaveCount(3).And.OnlyContain(static reason => reason.Contains("NotFound"));

        async Task RunAsync(CoapSinkOptions options)
        {
            var builder = new TopologyBuilder("nowhere");
            builder.From("orders", Source.From([1, 2, 3])).To("valves", CoapSink.To(Uri(devices, "nothing"), new CoapClientOptions(), new NumberCodec(), options));
            await using Job job = await builder.Build().StartAsync();
            await job.Completion.WaitAsync(Limits.Wait);
        }
    }

    private static CoapServer Start() => CoapServer.Start(new CoapServerOptions { Port = 0 });

    private static Uri Uri(CoapServer server, string path) => new($"coap://127.0.0.1:{server.EndPoint.Port}/{path}");

    private sealed class NumberCodec : IEncoder<int>
    {
        public void Encode(int value, System.Buffers.IBufferWriter<byte> output) => Encoding.UTF8.GetBytes(value.ToString(CultureInfo.InvariantCulture), output);
    }
}
