using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Runtime;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>The context of traces travels in user properties, from publisher through pipelines.</summary>
[NonParallelizable]
internal sealed class TracingTests
{
    [Test]
    public async Task A_message_carries_the_context_in_which_it_is_published([Values] bool heard)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        using ScriptedServer.Conversation conversation = await StartAsync(server, client);
        using Listening? listening = heard ? new Listening() : null;
        using var current = new Activity("work");
        current.TraceStateString = "vendor=1";
        current.Start();
        await client.PublishAsync("t", Bytes("x"));
        Activity.Current.Should().BeSameAs(current);
        current.Stop();
        PublishPacket packet = await conversation.ReceiveAsync<PublishPacket>();
        string parent = Property(packet, "traceparent")!;
        parent.Should().StartWith($"00-{current.TraceId}-");
        Property(packet, "tracestate").Should().Be("vendor=1");
        if (heard)
        {
            Activity publish = listening!.Activities.Single();
            (publish.Kind, publish.OperationName, publish.ParentSpanId).Should().Be((ActivityKind.Producer, "publish", current.SpanId));
            parent.Should().Be(publish.Id);
            publish.GetTagItem("messaging.system").Should().Be("mqtt");
            publish.GetTagItem("messaging.operation.type").Should().Be("send");
            publish.GetTagItem("messaging.destination.name").Should().Be("t");
        }
        else
        {
            parent.Should().Be(current.Id);
        }
    }

    [Test]
    public async Task Without_a_trace_or_if_it_is_not_wanted_nothing_is_carried([Values] bool wanted)
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port) with { PropagateTraceContext = wanted });
        using ScriptedServer.Conversation conversation = await StartAsync(server, client);
        Activity? current = wanted ? null : new Activity("work").Start();
        await client.PublishAsync("t", Bytes("x"));
        current?.Stop();
        (await conversation.ReceiveAsync<PublishPacket>()).Properties.Should().BeNull();
        using Activity own = new Activity("other").Start();
        await client.PublishAsync(new MqttPublication { Topic = "t", UserProperties = [new MqttUserProperty("traceparent", "mine")] });
        own.Stop();
        Property(await conversation.ReceiveAsync<PublishPacket>(), "traceparent").Should().Be("mine");
    }

    [Test]
    public async Task A_refused_message_is_an_error()
    {
        using var server = new ScriptedServer();
        await using var client = new MqttClient(Options(server.Port));
        using ScriptedServer.Conversation conversation = await StartAsync(server, client);
        using var listening = new Listening();
        Task publishing = client.PublishAsync("t", Bytes("x"), Qos1).AsTask();
        PublishPacket packet = await conversation.ReceiveAsync<PublishPacket>();
        await conversation.SendAsync(new AcknowledgePacket(PacketType.PubAck, packet.PacketIdentifier, MqttReasonCode.NotAuthorized));
        await FluentActions.Awaiting(() => publishing.WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttRefusedException>();
        listening.Activities.Single().Status.Should().Be(ActivityStatusCode.Error);
    }

    [Test]
    public async Task A_trace_goes_from_a_device_through_a_pipeline_to_the_next([Values] Sinks sink)
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions { Port = 0 });
        string directory = Directory.CreateTempSubdirectory("iotstream-trace-").FullName;
        try
        {
            var builder = new TopologyBuilder("traced");
            DurableQueue queue = DurableQueue.At(Path.Combine(directory, "spool")) with { MaxBytes = 1 << 20 };
            builder.From("in", MqttSource.Subscribe("{device}/in", Options(broker.Port), Connectors.Text.Codec, (text, _) => text))
                .To("out", MqttSink.To("out", Options(broker.Port), Connectors.Text.Codec, new MqttSinkOptions { Spool = sink is Sinks.Spooled or Sinks.SpooledEpochs ? SpoolOptions.In(queue, "out") : null }));
            var options = new JobOptions
            {
                EpochLog = sink is Sinks.Epochs or Sinks.SpooledEpochs ? EpochLog.At(Path.Combine(directory, "log")) : null,
                EpochInterval = TimeSpan.FromMilliseconds(20),
            };
            await using var client = new MqttClient(Options(broker.Port));
            var results = new TaskCompletionSource<MqttUserProperty[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            await client.SubscribeAsync(["out"], (message, _) =>
            {
                results.TrySetResult([.. message.UserProperties]);
                return default;
            });
            await client.ConnectAsync();
            using var listening = new Listening();
            await using Job job = await builder.Build().StartAsync(options);
            using var device = new Activity("device");
            device.Start();
            await client.PublishAsync("d1/in", Bytes("x"), Qos1);
            device.Stop();
            MqttUserProperty[] properties = await results.Task.WaitAsync(Limits.Wait);
            Activity publish = listening.One("publish");
            Activity process = listening.One("process");
            Activity create = listening.One("create");
            (publish.TraceId, process.TraceId, create.TraceId).Should().Be((device.TraceId, device.TraceId, device.TraceId));
            (process.Kind, process.ParentSpanId, process.HasRemoteParent).Should().Be((ActivityKind.Consumer, publish.SpanId, true));
            process.GetTagItem("messaging.destination.template").Should().Be("+/in");
            process.GetTagItem("messaging.destination.name").Should().Be("d1/in");
            (create.Kind, create.ParentSpanId).Should().Be((ActivityKind.Producer, process.SpanId));
            properties.Single(property => property.Name == "traceparent").Value.Should().Be(create.Id);
            properties.Count(property => property.Name == MqttHeaders.MessageId).Should().Be(options.EpochLog is null ? 0 : 1);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    internal enum Sinks
    {
        Plain,
        Epochs,
        Spooled,
        SpooledEpochs,
    }

    private static string? Property(PublishPacket packet, string name) => packet.Properties?.UserProperties?.SingleOrDefault(property => property.Name == name).Value;

    private static Task<ScriptedServer.Conversation> StartAsync(ScriptedServer server, MqttClient client)
    {
        Task connecting = client.ConnectAsync();
        return FinishAsync();

        async Task<ScriptedServer.Conversation> FinishAsync()
        {
            ScriptedServer.Conversation conversation = await server.WelcomeAsync();
            await connecting.WaitAsync(Limits.Wait);
            return conversation;
        }
    }

    private sealed class Listening : IDisposable
    {
        private readonly ActivityListener _listener;
        private readonly List<Activity> _started = [];

        public Listening()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == MessageTracing.SourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity =>
                {
                    lock (_started)
                    {
                        _started.Add(activity);
                    }
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Activity[] Activities
        {
            get
            {
                lock (_started)
                {
                    return [.. _started];
                }
            }
        }

        public Activity One(string operation) => Activities.Single(activity => activity.OperationName == operation);

        public void Dispose() => _listener.Dispose();
    }
}
