using System.Collections.Concurrent;
using System.Net;
using System.Text;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Coap.Tests.Connectors;

/// <summary>What is sent again is recognised: by its tag, or by what the user makes of its identifier.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class SinkTests
{
    [Test]
    public async Task A_record_that_is_sent_again_bears_the_same_tag_and_no_other_record_does()
    {
        await using CoapServer device = Start();
        var heard = new ConcurrentQueue<(string Order, string Tag)>();
        device.Map("valve", (request, _) =>
        {
            heard.Enqueue((Order(request), Tag(request)));
            return new(new CoapResponse { Code = heard.Count == 2 ? CoapCode.ServiceUnavailable : CoapCode.Changed, MaxAge = TimeSpan.FromSeconds(1) });
        });
        await RunAsync(Topology(CoapSink.To(Uri(device, "valve"), new CoapClientOptions(), Text.Codec)), new JobOptions());

        heard.Select(static one => one.Order).Should().Equal("1", "2", "2", "3");
        heard.Select(static one => one.Tag).Should().OnlyContain(static tag => tag.Length == 16);
        heard.Distinct().Should().HaveCount(3);
        heard.Select(static one => one.Tag).Distinct(StringComparer.Ordinal).Should().HaveCount(3);
    }

    [Test]
    public async Task What_is_sent_again_after_a_crash_is_the_same_with_the_same_tags()
    {
        await using CoapServer device = Start();
        var heard = new ConcurrentQueue<(string Order, string Tag)>();
        bool isBroken = true;
        device.Map("valve/{number}", (request, _) =>
        {
            heard.Enqueue((Order(request), Tag(request)));
            return new(new CoapResponse { Code = isBroken && request.Path["number"] == "3" ? CoapCode.Forbidden : CoapCode.Changed });
        });
        Topology topology = Topology(CoapSink.To(order => Uri(device, $"valve/{order}"), new CoapClientOptions(), Text.Codec, new CoapSinkOptions { MaximumInFlight = 1 }));
        await WithLogAsync(async options =>
        {
            await FluentActions.Awaiting(() => RunAsync(topology, options)).Should().ThrowAsync<Exception>().Where(static e => e.ToString().Contains(nameof(CoapCode.Forbidden)));
            isBroken = false;
            await RunAsync(topology, options);
            await RunAsync(topology, options);
        });

        heard.Select(static one => one.Order).Should().Equal("1", "2", "3", "1", "2", "3");
        heard.Take(3).Should().Equal(heard.Skip(3));
        heard.Distinct().Should().HaveCount(3);
    }

    [Test]
    public async Task Another_job_has_other_tags()
    {
        await using CoapServer device = Start();
        var tags = new ConcurrentQueue<string>();
        device.Map("valve", (request, _) =>
        {
            tags.Enqueue(Tag(request));
            return new(new CoapResponse { Code = CoapCode.Changed });
        });
        Topology topology = Topology(CoapSink.To(Uri(device, "valve"), new CoapClientOptions(), Text.Codec));
        await WithLogAsync(options => RunAsync(topology, options));
        await WithLogAsync(options => RunAsync(topology, options));
        await RunAsync(topology, new JobOptions());
        tags.Should().HaveCount(9).And.OnlyHaveUniqueItems();
    }

    [Test]
    public async Task An_identifier_goes_where_the_user_wants_it([Values] bool hasLog)
    {
        await using CoapServer device = Start();
        var queries = new ConcurrentQueue<string>();
        device.Map("valve", (request, _) =>
        {
            request.ETags.Should().BeEmpty();
            queries.Enqueue(request.Query.Should().ContainSingle().Subject);
            return new(new CoapResponse { Code = CoapCode.Changed });
        });
        var options = new CoapSinkOptions { Identify = static (request, identifier) => request with { Uri = new Uri($"{request.Uri}?id={identifier}") }, MaximumInFlight = 1 };
        Topology topology = Topology(CoapSink.To(Uri(device, "valve"), new CoapClientOptions(), Text.Codec, options));
        await (hasLog ? WithLogAsync(job => RunAsync(topology, job)) : RunAsync(topology, new JobOptions()));

        queries.Should().HaveCount(3);
        queries.Should().AllSatisfy(query => query.Should().MatchRegex($"^id=[0-9a-f]{{32}}/valves/{(hasLog ? "[1-9][0-9]*" : "0")}/[0-2]$"));
        queries.Select(static query => query[^1]).Should().Equal('0', '1', '2');
    }

    [Test]
    public async Task Nothing_is_sent_before_it_is_committed_but_if_one_likes([Values] bool isAfterCommit)
    {
        await using CoapServer device = Start();
        int heard = 0;
        device.Map("valve", (_, _) =>
        {
            Interlocked.Increment(ref heard);
            return new(new CoapResponse { Code = CoapCode.Changed });
        });
        var builder = new TopologyBuilder("valves");
        var waiting = new TaskCompletionSource();
        builder.From("orders", Source.From(Orders(waiting.Task)))
            .To("valves", CoapSink.To(Uri(device, "valve"), new CoapClientOptions(), Text.Codec, new CoapSinkOptions { AfterCommit = isAfterCommit }));
        Topology topology = builder.Build();
        await WithLogAsync(async options =>
        {
            await using Job job = await topology.StartAsync(options with { EpochInterval = TimeSpan.FromMinutes(10) });
            if (!isAfterCommit)
            {
                await Limits.UntilAsync(() => Volatile.Read(ref heard) == 1, "it is sent at once");
            }

            Volatile.Read(ref heard).Should().Be(isAfterCommit ? 0 : 1);
            waiting.SetResult();
            await job.Completion.WaitAsync(Limits.Wait);
        });
        heard.Should().Be(1);

        static async IAsyncEnumerable<string> Orders(Task end)
        {
            yield return "1";
            await end;
        }
    }

    [Test]
    public async Task A_resource_that_cannot_be_asked_is_found_before_anything_is_committed()
    {
        await WithLogAsync(async options =>
        {
            Topology topology = Topology(CoapSink.To(_ => new Uri("http://a/"), new CoapClientOptions(), Text.Codec));
            await FluentActions.Awaiting(() => RunAsync(topology, options)).Should().ThrowAsync<Exception>().Where(static e => e.ToString().Contains("is no URI of CoAP"));
        });
    }

    private static Topology Topology(ISink<string> sink)
    {
        var builder = new TopologyBuilder("valves");
        builder.From("orders", Source.From(["1", "2", "3"])).To("valves", sink);
        return builder.Build();
    }

    private static async Task RunAsync(Topology topology, JobOptions options)
    {
        await using Job job = await topology.StartAsync(options);
        await job.Completion.WaitAsync(Limits.Wait);
    }

    private static async Task WithLogAsync(Func<JobOptions, Task> run)
    {
        string folder = Directory.CreateTempSubdirectory("iotstream-coap-").FullName;
        try
        {
            await run(new JobOptions { EpochLog = EpochLog.At(folder), EpochInterval = TimeSpan.FromMilliseconds(20) });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Order(CoapServerRequest request) => Encoding.UTF8.GetString(request.Payload.Span);

    private static string Tag(CoapServerRequest request) => Convert.ToHexString(request.ETags.Should().ContainSingle().Subject.Span);

    private static CoapServer Start() => CoapServer.Start(new CoapServerOptions { Address = IPAddress.Loopback, Port = 0 });

    private static Uri Uri(CoapServer server, string path) => new($"coap://127.0.0.1:{server.EndPoint.Port}/{path}");
}
