using System.Buffers;
using System.Globalization;
using IoTStream.Amqp.Tests.Peers;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Runtime;
using RabbitMQ.Client;

namespace IoTStream.Amqp.Tests;

/// <summary>Against a real server.</summary>
public sealed class AmqpSinkTests
{
    private RabbitMqServer _server = null!;
    private PlainClient _client = null!;

    [OneTimeSetUp]
    public async Task ConnectAsync()
    {
        _server = await SharedServer.GetAsync();
        _client = await PlainClient.ConnectAsync(_server.Port);
    }

    [OneTimeTearDown]
    public async Task DisconnectAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }
    }

    [Test]
    public async Task A_message_bears_all_that_the_sink_says_of_it([Values] bool withLog)
    {
        string queue = await _client.QueueAsync(new Dictionary<string, object?> { ["x-max-priority"] = 10 });
        string exchange = $"out-{Guid.NewGuid():N}";
        await _client.Channel.ExchangeDeclareAsync(exchange, "topic", durable: true);
        await _client.Channel.QueueBindAsync(queue, exchange, "plant.#");
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await RunAsync(
            ["a", "b", ""],
            AmqpSink.To<string>(
                AmqpExchange.Topic(exchange),
                _server.Options,
                Text.Codec,
                message => message.RoutingKey(text => $"plant.{text}").Header("text", text => text.Length == 0 ? null : text).HeadersOf((_, _) => [new RecordHeader("bytes", new byte[] { 0, 255 })])
                    .MessageId(text => text == "a" ? "mine" : null).CorrelationId(text => text == "a" ? "c" : null).Priority(_ => 3).Timestamp((_, _) => at),
                new AmqpSinkOptions { ContentType = "text/plain", Expiry = TimeSpan.FromMinutes(10) }),
            withLog);

        IReadOnlyList<BasicGetResult> messages = await _client.TakeAsync(queue);
        messages.Select(PlainClient.TextOf).Should().Equal("a", "b", "");
        messages.Select(static message => message.RoutingKey).Should().Equal("plant.a", "plant.b", "plant.");
        IReadOnlyBasicProperties first = messages[0].BasicProperties;
        (first.MessageId, first.CorrelationId, first.ContentType, first.Expiration, first.Priority, first.Persistent, first.Timestamp.UnixTime)
            .Should().Be(("mine", "c", "text/plain", "600000", (byte)3, true, at.ToUnixTimeSeconds()));
        first.Headers.Should().HaveCount(2);
        first.Headers!["text"].Should().BeEquivalentTo("a"u8.ToArray());
        first.Headers["bytes"].Should().BeEquivalentTo(new byte[] { 0, 255 });
        messages[2].BasicProperties.Headers.Should().ContainSingle();
        messages[2].BasicProperties.IsCorrelationIdPresent().Should().BeFalse();
        messages[2].BasicProperties.IsMessageIdPresent().Should().Be(withLog);
    }

    [Test]
    public async Task Many_messages_come_in_order_with_few_of_them_unconfirmed([Values(1, 7, 1024)] int inFlight, [Values] bool withLog)
    {
        string queue = await _client.QueueAsync();
        string[] numbers = [.. Enumerable.Range(0, 3000).Select(static number => $"{number}")];
        await RunAsync(numbers, AmqpSink.To<string>("", _server.Options, Text.Codec, message => message.RoutingKey(queue), new AmqpSinkOptions { MaximumInFlight = inFlight }), withLog);
        (await _client.TakeAsync(queue)).Select(PlainClient.TextOf).Should().Equal(numbers);
    }

    [Test]
    public async Task Messages_of_epochs_have_identifiers_that_grow()
    {
        string queue = await _client.QueueAsync();
        string[] numbers = [.. Enumerable.Range(0, 500).Select(static number => $"{number}")];
        await RunAsync(numbers, AmqpSink.To<string>("", _server.Options, Text.Codec, message => message.RoutingKey(queue)), withLog: true);

        string[][] identifiers = [.. (await _client.TakeAsync(queue)).Select(static message => message.BasicProperties.MessageId!.Split('/'))];
        identifiers.Should().OnlyContain(static parts => parts.Length == 4 && parts[1] == "out");
        identifiers.Select(static parts => parts[0]).Distinct().Should().ContainSingle("there is one log");
        identifiers.Select(static parts => (long.Parse(parts[2], CultureInfo.InvariantCulture), int.Parse(parts[3], CultureInfo.InvariantCulture)))
            .Should().BeInAscendingOrder().And.OnlyHaveUniqueItems().And.HaveCount(500);
    }

    [Test]
    public async Task An_epoch_that_is_applied_again_has_the_same_identifiers_so_that_a_source_passes_it_over()
    {
        string queue = await _client.QueueAsync();
        var sink = (IOutboxSink<string>)AmqpSink.To<string>("", _server.Options, Text.Codec, message => message.RoutingKey(queue));
        var context = new SinkContext("topology", "out", 0, TimeProvider.System, Guid.NewGuid());
        for (int life = 0; life < 2; life++)
        {
            await using IOutboxWriter<string> writer = await sink.OpenOutboxAsync(context, CancellationToken.None);
            var outbox = new ArrayBufferWriter<byte>();
            writer.Encode(Batch("a", "b", "c"), outbox);
            await writer.ApplyAsync(7, new ReadOnlySequence<byte>(outbox.WrittenMemory), CancellationToken.None);
        }

        (await _client.Channel.MessageCountAsync(queue)).Should().Be(6);
        await using RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, _server.Options, Text.Codec, new AmqpSourceOptions { DeduplicationWindow = 10_000 }));
        await source.TakeAsync(3);
        await _client.PublishAsync(queue, ["last"], static text => text);
        await source.TakeAsync(4);
        source.Values.Should().Equal("a", "b", "c", "last");
    }

    [Test]
    public async Task A_message_that_goes_nowhere_fails_the_job([Values] bool withLog)
    {
        Func<Task> run = () => RunAsync(["a"], AmqpSink.To<string>("", _server.Options, Text.Codec, message => message.RoutingKey("no queue")), withLog);
        AmqpRefusedException refused = Refused((await run.Should().ThrowAsync<JobFailedException>()).Which);
        refused.ReplyCode.Should().Be(312);
        refused.Message.Should().Contain("no queue").And.Contain("AmqpSinkOptions.Unroutable");
    }

    [Test]
    public async Task A_message_that_goes_nowhere_can_be_counted_instead()
    {
        string queue = await _client.QueueAsync();
        using var returned = new Counted("iotstream.amqp.returned", "out");
        await RunAsync(
            ["a", "nowhere", "b"],
            AmqpSink.To<string>("", _server.Options, Text.Codec, message => message.RoutingKey(text => text == "nowhere" ? "no queue" : queue), new AmqpSinkOptions { Unroutable = AmqpUnroutable.Count }),
            withLog: true);
        (await _client.TakeAsync(queue)).Select(PlainClient.TextOf).Should().Equal("a", "b");
        returned.Sum.Should().Be(1);
    }

    [Test]
    public async Task An_exchange_that_is_not_there_fails_the_job()
    {
        Func<Task> run = () => RunAsync(["a"], AmqpSink.To<string>("no-exchange", _server.Options, Text.Codec, message => message), withLog: false);
        AmqpRefusedException refused = Refused((await run.Should().ThrowAsync<JobFailedException>()).Which);
        refused.ReplyCode.Should().Be(404);
        refused.Message.Should().Contain("no-exchange");
    }

    [Test]
    public async Task An_exchange_of_another_kind_fails_the_start()
    {
        Func<Task> run = () => RunAsync(["a"], AmqpSink.To<string>(AmqpExchange.Fanout("amq.direct"), _server.Options, Text.Codec, message => message), withLog: false);
        Refused((await run.Should().ThrowAsync<Exception>()).Which).ReplyCode.Should().Be(406);
    }

    [Test]
    public async Task A_routing_key_that_is_too_long_fails_the_job_and_is_named()
    {
        string key = new('k', 256);
        Func<Task> run = () => RunAsync(["a"], AmqpSink.To<string>("", _server.Options, Text.Codec, message => message.RoutingKey(_ => key)), withLog: false);
        (await run.Should().ThrowAsync<JobFailedException>()).Which.ToString().Should().Contain(key);
    }

    [Test]
    public async Task What_a_full_queue_does_not_take_is_published_again_until_it_does()
    {
        const int Count = 50;
        string queue = await _client.QueueAsync(new Dictionary<string, object?> { ["x-max-length"] = 10, ["x-overflow"] = "reject-publish" });
        using var nacked = new Counted("iotstream.amqp.nacked", "out");
        Task running = RunAsync(
            [.. Enumerable.Range(0, Count).Select(static number => $"{number}")], AmqpSink.To<string>("", _server.Options, Text.Codec, message => message.RoutingKey(queue)), withLog: true);

        await Limits.UntilAsync(() => nacked.Sum > 0, "the queue is full");
        List<string> taken = [];
        while (!running.IsCompleted || taken.Count < Count)
        {
            taken.AddRange((await _client.TakeAsync(queue)).Select(PlainClient.TextOf));
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System));
        }

        await running;
        taken.Should().BeEquivalentTo(Enumerable.Range(0, Count).Select(static number => $"{number}"));
    }

    [Test]
    public async Task What_was_not_confirmed_when_the_connection_was_cut_is_published_again([Values] bool withLog)
    {
        const int Count = 5000;
        string queue = await _client.QueueAsync();
        using var cable = new Cable(_server.Port);
        using var lost = new Counted("iotstream.amqp.sink.lost", "out");
        Task running = RunAsync(
            [.. Enumerable.Range(0, Count).Select(static number => $"{number}")],
            AmqpSink.To<string>("", RabbitMqServer.Through(cable.Port), Text.Codec, message => message.RoutingKey(queue), new AmqpSinkOptions { MaximumInFlight = 200 }),
            withLog);
        for (int cut = 1; cut <= 3; cut++)
        {
            using var limit = new CancellationTokenSource(Limits.Wait);
            while (await _client.Channel.MessageCountAsync(queue) < cut * Count / 5 && !limit.IsCancellationRequested)
            {
                await Task.Yield();
            }

            cable.Cut();
        }

        await running.WaitAsync(Limits.Wait);
        IReadOnlyList<BasicGetResult> messages = await _client.TakeAsync(queue);
        messages.Select(PlainClient.NumberOf).Distinct().Order().Should().Equal(Enumerable.Range(0, Count));
        lost.Sum.Should().Be(3);
        if (withLog)
        {
            messages.DistinctBy(static message => message.BasicProperties.MessageId).Should().HaveCount(Count, "what is published again is recognised");
        }
    }

    [Test]
    public async Task A_sink_waits_for_a_server_that_comes_later_than_the_job()
    {
        string queue = await _client.QueueAsync();
        using var cable = new Cable(_server.Port) { IsPlugged = false };
        Task running = RunAsync(["a"], AmqpSink.To<string>("", RabbitMqServer.Through(cable.Port), Text.Codec, message => message.RoutingKey(queue)), withLog: false);
        await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System));
        running.IsCompleted.Should().BeFalse();
        cable.IsPlugged = true;
        await running.WaitAsync(Limits.Wait);
        (await _client.TakeAsync(queue)).Should().ContainSingle();
    }

    private static async Task RunAsync(string[] records, ISink<string> sink, bool withLog)
    {
        string directory = Directory.CreateTempSubdirectory("iotstream-amqp-").FullName;
        try
        {
            var builder = new TopologyBuilder("publishing");
            builder.From("records", records).To("out", sink);
            var options = new JobOptions { Lanes = 1 };
            await using Job job = await builder.Build().StartAsync(withLog ? options with { EpochLog = EpochLog.At(directory), EpochInterval = TimeSpan.FromMilliseconds(20) } : options);
            await job.Completion;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static SinkBatch<string> Batch(params string[] records)
    {
        var partition = new SourcePartition("source", 0, "source");
        var buffer = new RecordBuffer<string>();
        foreach (string record in records)
        {
            buffer.Add(0, record, partition.Origin);
        }

        return new SinkBatch<string>(buffer);
    }

    private static AmqpRefusedException Refused(Exception thrown)
    {
        Exception? cause = thrown;
        while (cause is not (null or AmqpRefusedException))
        {
            cause = cause.InnerException;
        }

        return cause.Should().BeOfType<AmqpRefusedException>("{0}", thrown).Subject;
    }
}
