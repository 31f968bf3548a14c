using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using IoTStream.Dsl;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Tests;

/// <summary>Traces that go through a topology from topic to topic. A listener hears all tests of the process, so they run alone.</summary>
[NonParallelizable]
public sealed class TracingTests
{
    [Test]
    public async Task A_message_is_part_of_the_trace_that_the_one_before_it_tells_of()
    {
        using MockCluster cluster = new MockCluster(1).Topic("in", 1).Topic("out", 1);
        ConcurrentQueue<Activity> activities = new();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "IoTStream.Kafka",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        const string Parent = $"00-{Trace}-b7ad6b7169203331-01";
        await Producing.AllAsync(cluster.BootstrapServers,
        [
            (new TopicPartition("in", 0), new Message<byte[]?, byte[]?> { Value = "a"u8.ToArray(), Headers = [new Header("traceparent", Encoding.ASCII.GetBytes(Parent)), new Header("kept", [1])] }),
            (new TopicPartition("in", 0), new Message<byte[]?, byte[]?> { Value = "?"u8.ToArray() }),
        ]);

        var builder = new TopologyBuilder("tracing");
        builder.From("messages", KafkaSource.Read("in", cluster.Options, Text.Codec, new KafkaSourceOptions { End = KafkaEnd.Now }))
            .To("sink", KafkaSink.To<string>("out", cluster.Options, Text.Codec, static message => message.HeadersOf(static (_, context) => context.Headers)));
        await using (Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 }))
        {
            await job.Completion.WaitAsync(Limits.Wait);
        }

        Headers headers = Producing.Read(cluster.BootstrapServers, "out").Should().ContainSingle().Subject.Message.Headers;
        headers.Select(static header => header.Key).Should().BeEquivalentTo("kafka.topic", "kept", "traceparent");
        Activity created = activities.Should().ContainSingle(static activity => activity.Kind == ActivityKind.Producer).Subject;
        Encoding.ASCII.GetString(headers.Single(static header => header.Key == "traceparent").GetValueBytes()).Should().Be(created.Id);
        Activity[] processed = [.. activities.Where(static activity => activity.Kind == ActivityKind.Consumer)];
        created.ParentSpanId.Should().Be(processed[0].SpanId);
        processed[0].ParentId.Should().Be(Parent);
        processed[0].TraceId.ToHexString().Should().Be(Trace);
        processed[1].Status.Should().Be(ActivityStatusCode.Error, "it does not decode");
    }
}
