using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using IoTStream.Amqp.Tests.Peers;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Runtime;
using RabbitMQ.Client;

namespace IoTStream.Amqp.Tests;

/// <summary>Traces that go through a topology from queue to queue. A listener hears all tests of the process, so they run alone.</summary>
[NonParallelizable]
public sealed class TracingTests
{
    [Test]
    public async Task A_message_is_part_of_the_trace_that_the_one_before_it_tells_of()
    {
        RabbitMqServer server = await SharedServer.GetAsync();
        await using PlainClient client = await PlainClient.ConnectAsync(server.Port);
        string input = await client.QueueAsync();
        string output = await client.QueueAsync();
        ConcurrentQueue<Activity> activities = new();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "IoTStream.Amqp",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        const string Parent = $"00-{Trace}-b7ad6b7169203331-01";
        await using (IChannel channel = await client.OpenPlainChannelAsync())
        {
            await channel.BasicPublishAsync(
                "", input, mandatory: true, new BasicProperties { Headers = new Dictionary<string, object?> { ["traceparent"] = Parent, ["kept"] = "k" } }, "a"u8.ToArray());
            await channel.BasicPublishAsync("", input, mandatory: true, new BasicProperties(), "?"u8.ToArray());
        }

        var builder = new TopologyBuilder("tracing");
        builder.From("messages", AmqpSource.Consume(input, server.Options, Text.Codec))
            .To("sink", AmqpSink.To<string>(
                "",
                server.Options,
                Text.Codec,
                message => message.RoutingKey(output).HeadersOf(static (_, context) => context.Headers.Where(static header => !header.Name.StartsWith("amqp.", StringComparison.Ordinal)))));
        await using (Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 }))
        {
            await client.WaitForAsync(output, ready: 1);
            await Limits.UntilAsync(() => activities.Count == 3, "three activities have stopped");
            await job.StopAsync();
        }

        IDictionary<string, object?> headers = (await client.TakeAsync(output)).Should().ContainSingle().Subject.BasicProperties.Headers!;
        headers.Keys.Should().BeEquivalentTo("kept", "traceparent");
        Activity created = activities.Should().ContainSingle(static activity => activity.Kind == ActivityKind.Producer).Subject;
        Encoding.ASCII.GetString((byte[])headers["traceparent"]!).Should().Be(created.Id);
        Activity[] processed = [.. activities.Where(static activity => activity.Kind == ActivityKind.Consumer)];
        Activity first = processed.Should().ContainSingle(static activity => activity.ParentId == Parent).Subject;
        created.ParentSpanId.Should().Be(first.SpanId);
        first.TraceId.ToHexString().Should().Be(Trace);
        processed.Should().ContainSingle(static activity => activity.Status == ActivityStatusCode.Error, "one does not decode");
    }
}
