using System.Text;
using IoTStream.Amqp.Tests.Peers;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;
using RabbitMQ.Client;

namespace IoTStream.Amqp.Tests;

/// <summary>Against a real server.</summary>
public sealed class AmqpSourceTests
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
    public async Task A_message_comes_with_what_its_publisher_says_of_it()
    {
        string exchange = $"plant-{Guid.NewGuid():N}";
        string queue = $"temperatures-{Guid.NewGuid():N}";
        var options = new AmqpSourceOptions
        {
            Queue = new AmqpQueue { Kind = AmqpQueueKind.Quorum, Arguments = new Dictionary<string, object?> { ["x-max-length"] = 1000 }, Bindings = [new AmqpBinding(AmqpExchange.Topic(exchange), "plant.*.temperature")] },
        };
        AmqpMessage? seen = null;
        string? count = null;
        DateTimeOffset? made = null;
        await using RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(
            queue,
            _server.Options,
            message =>
            {
                seen = message;
                count = message.Header("count");
                made = message.Timestamp;
                return Encoding.UTF8.GetString(message.Payload);
            },
            options));

        var properties = new BasicProperties
        {
            MessageId = "m1",
            ContentType = "text/plain",
            CorrelationId = "c1",
            ReplyTo = "answers",
            Timestamp = new AmqpTimestamp(1_700_000_000),
            Headers = new Dictionary<string, object?> { ["text"] = "ü", ["count"] = 42, ["yes"] = true, ["list"] = new List<object?> { 1 } },
        };
        await using IChannel channel = await _client.OpenPlainChannelAsync();
        await channel.BasicPublishAsync(exchange, "plant.hall.pressure", mandatory: false, properties, "not bound"u8.ToArray());
        await channel.BasicPublishAsync(exchange, "plant.hall.temperature", mandatory: true, properties, "21.5"u8.ToArray());
        await source.TakeAsync(1);

        (string value, RecordContext context) = source.Records.Should().ContainSingle().Subject;
        value.Should().Be("21.5");
        context.Partition.Name.Should().Be(queue);
        context.Headers.Select(static header => (header.Name, header.Text)).Should().BeEquivalentTo(
        [
            (AmqpHeaders.Exchange, exchange), (AmqpHeaders.RoutingKey, "plant.hall.temperature"), (AmqpHeaders.MessageId, "m1"), (AmqpHeaders.ContentType, "text/plain"),
            (AmqpHeaders.CorrelationId, "c1"), (AmqpHeaders.ReplyTo, "answers"), ("text", "ü"), ("count", "42"), ("yes", "true"),
        ]);
        count.Should().Be("42");
        made.Should().Be(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        seen!.Value.Headers["list"].Should().BeEquivalentTo(new[] { 1 });
        seen.Value.Priority.Should().BeNull();
        seen.Value.AppId.Should().BeNull();
    }

    [Test]
    public async Task A_delivery_is_acknowledged_when_its_epoch_is_committed_and_not_before()
    {
        string queue = await _client.QueueAsync();
        await _client.PublishAsync(queue, Enumerable.Range(0, 10).Select(static number => $"{number}"));
        ISource<string> description = AmqpSource.Consume(queue, _server.Options, Text.Codec);

        await using (OpenedSource source = await OpenedSource.OpenAsync(description, queue))
        {
            await source.ReadAsync(10);
            source.Acknowledge(4);
        }

        await _client.WaitForAsync(queue, ready: 6);
        IReadOnlyList<BasicGetResult> left = await _client.TakeAsync(queue);
        left.Select(PlainClient.TextOf).Should().Equal("4", "5", "6", "7", "8", "9");
        left.Should().OnlyContain(static message => message.Redelivered);
    }

    [Test]
    public async Task A_job_acknowledges_nothing_until_an_epoch_is_committed()
    {
        string queue = await _client.QueueAsync();
        string directory = Directory.CreateTempSubdirectory("iotstream-amqp-").FullName;
        try
        {
            await _client.PublishAsync(queue, ["a", "b", "c"]);
            var options = new JobOptions { Lanes = 1, EpochLog = EpochLog.At(directory), EpochInterval = TimeSpan.FromHours(1) };
            await using (RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, _server.Options, Text.Codec), options))
            {
                await source.TakeAsync(3);
                (await _client.Channel.MessageCountAsync(queue)).Should().Be(0, "the job has them");
            }

            await _client.WaitForAsync(queue, ready: 3);

            options = options with { EpochInterval = TimeSpan.FromMilliseconds(20) };
            await using (RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, _server.Options, Text.Codec), options))
            {
                await source.TakeAsync(3);
                source.Records.Should().OnlyContain(static record => record.Context.Headers.Text(AmqpHeaders.Redelivered) == "true");
                await source.Job.StopAsync();
            }

            await _client.WaitForAsync(queue, ready: 0);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task Without_an_epoch_log_a_delivery_is_acknowledged_when_the_pipeline_has_it()
    {
        string queue = await _client.QueueAsync();
        await _client.PublishAsync(queue, ["a", "b", "c"]);
        await using (RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, _server.Options, Text.Codec)))
        {
            await source.TakeAsync(3);
            await source.Job.StopAsync();
        }

        (await _client.Channel.MessageCountAsync(queue)).Should().Be(0);
    }

    [Test]
    public async Task The_server_delivers_no_more_than_may_be_unacknowledged_and_an_epoch_is_asked_for()
    {
        string queue = await _client.QueueAsync();
        await _client.PublishAsync(queue, Enumerable.Range(0, 100).Select(static number => $"{number}"));
        int asked = 0;
        await using OpenedSource source = await OpenedSource.OpenAsync(
            AmqpSource.Consume(queue, _server.Options, Text.Codec, new AmqpSourceOptions { Prefetch = 10 }), queue, position: null, () => asked++);

        await source.ReadAsync(10);
        asked.Should().BePositive();
        (await _client.Channel.MessageCountAsync(queue)).Should().Be(90);
        source.Acknowledge(10);
        await source.ReadAsync(20);
        source.Values.Should().Equal(Enumerable.Range(0, 20).Select(static number => $"{number}"));
    }

    [Test]
    public async Task What_comes_again_and_is_passed_over_does_not_wait_for_the_next_epoch()
    {
        string queue = await _client.QueueAsync();
        await _client.PublishAsync(queue, Enumerable.Range(0, 20).Select(static number => $"{number}"), static text => text);
        using var cable = new Cable(_server.Port);
        using var repeated = new Counted("iotstream.amqp.repeated", "messages");
        int asked = 0;
        await using OpenedSource source = await OpenedSource.OpenAsync(
            AmqpSource.Consume(queue, RabbitMqServer.Through(cable.Port), Text.Codec, new AmqpSourceOptions { Prefetch = 10, DeduplicationWindow = 100 }),
            queue,
            position: null,
            () => Interlocked.Increment(ref asked));
        await source.ReadAsync(10);
        int before = Volatile.Read(ref asked);

        cable.Cut();
        await Limits.UntilAsync(() => repeated.Sum == 10, "all of them come again");
        await Limits.UntilAsync(() => Volatile.Read(ref asked) > before, "an epoch is asked for once more");
        source.Acknowledge(10);
        await source.ReadAsync(20);
        source.Values.Should().Equal(Enumerable.Range(0, 20).Select(static number => $"{number}"));
    }

    [Test]
    public async Task More_messages_than_may_be_unacknowledged_do_not_wait_for_the_next_epoch()
    {
        string queue = await _client.QueueAsync();
        string directory = Directory.CreateTempSubdirectory("iotstream-amqp-").FullName;
        try
        {
            await _client.PublishAsync(queue, Enumerable.Range(0, 1000).Select(static number => $"{number}"));
            var options = new JobOptions { Lanes = 1, EpochLog = EpochLog.At(directory), EpochInterval = TimeSpan.FromHours(1) };
            await using RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, _server.Options, Text.Codec, new AmqpSourceOptions { Prefetch = 50 }), options);
            await source.TakeAsync(1000);
            source.Values.Should().Equal(Enumerable.Range(0, 1000).Select(static number => $"{number}"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task What_does_not_decode_goes_to_the_dead_letters_and_is_acknowledged()
    {
        string queue = await _client.QueueAsync();
        await _client.PublishAsync(queue, ["a", "?", "b"]);
        await using (RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, _server.Options, Text.Codec)))
        {
            await source.TakeAsync(3);
            source.Values.Should().Equal("a", "b");
            DeadLetter letter = source.DeadLetters.Should().ContainSingle().Subject;
            Encoding.UTF8.GetString(letter.Payload.Span).Should().Be("?");
            letter.Headers.Text(AmqpHeaders.RoutingKey).Should().Be(queue);
            letter.Reason.Should().BeOfType<FormatException>();
            await source.Job.StopAsync();
        }

        (await _client.Channel.MessageCountAsync(queue)).Should().Be(0);
    }

    [Test]
    public async Task What_does_not_decode_can_be_rejected_to_the_queues_dead_letter_exchange()
    {
        string dead = await _client.QueueAsync();
        string queue = $"test-{Guid.NewGuid():N}";
        using var rejected = new Counted("iotstream.amqp.rejected", "messages");
        var options = new AmqpSourceOptions { Queue = new AmqpQueue { DeadLetterExchange = "", DeadLetterRoutingKey = dead }, Undecodable = AmqpUndecodable.Reject };
        await using RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, _server.Options, Text.Codec, options));
        await _client.PublishAsync(queue, ["a", "?1", "b", "?2"]);
        await source.TakeAsync(2);

        await _client.WaitForAsync(dead, ready: 2);
        (await _client.TakeAsync(dead)).Select(PlainClient.TextOf).Should().Equal("?1", "?2");
        source.Values.Should().Equal("a", "b");
        source.DeadLetters.Should().BeEmpty();
        rejected.Sum.Should().Be(2);
    }

    [Test]
    public async Task A_message_that_is_published_again_is_passed_over_also_after_a_restart()
    {
        string queue = await _client.QueueAsync();
        ISource<string> description = AmqpSource.Consume(queue, _server.Options, Text.Codec, new AmqpSourceOptions { Prefetch = 10, DeduplicationWindow = 100 });
        using var repeated = new Counted("iotstream.amqp.repeated", "messages");
        await _client.PublishAsync(queue, ["a", "b", "a", "c"], static text => text);

        byte[] position;
        await using (OpenedSource source = await OpenedSource.OpenAsync(description, queue))
        {
            await source.ReadAsync(3);
            position = source.Position();
            source.Acknowledge(3);
        }

        repeated.Sum.Should().Be(1);
        await _client.WaitForAsync(queue, ready: 0);
        await _client.PublishAsync(queue, ["b", "d"], static text => text);
        await using (OpenedSource source = await OpenedSource.OpenAsync(description, queue, position))
        {
            await source.ReadAsync(1);
            source.Values.Should().Equal("d");
        }

        await _client.WaitForAsync(queue, ready: 1);
        (await _client.TakeAsync(queue)).Select(PlainClient.TextOf).Should().Equal(["d"], "the other one had its effect in an epoch");
    }

    [Test]
    public async Task What_was_taken_and_not_committed_comes_again()
    {
        string queue = await _client.QueueAsync();
        ISource<string> description = AmqpSource.Consume(queue, _server.Options, Text.Codec, new AmqpSourceOptions { Prefetch = 10, DeduplicationWindow = 100 });
        await _client.PublishAsync(queue, ["a", "b", "c"], static text => text);
        byte[] position;
        await using (OpenedSource source = await OpenedSource.OpenAsync(description, queue))
        {
            position = source.Position();
            await source.ReadAsync(3);
        }

        await using OpenedSource again = await OpenedSource.OpenAsync(description, queue, position);
        await again.ReadAsync(3);
        again.Values.Should().Equal("a", "b", "c");
    }

    [Test]
    public async Task A_connection_that_is_cut_is_replaced_and_what_comes_again_is_passed_over()
    {
        const int Count = 3000;
        string queue = await _client.QueueAsync();
        using var cable = new Cable(_server.Port);
        using var lost = new Counted("iotstream.amqp.source.lost", "messages");
        var options = new AmqpSourceOptions { Prefetch = 100, DeduplicationWindow = 1000, Exclusive = true };
        await using RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, RabbitMqServer.Through(cable.Port), Text.Codec, options));
        for (int cut = 0; cut < 3; cut++)
        {
            int from = cut * Count / 3;
            Task publishing = _client.PublishAsync(queue, Enumerable.Range(from, Count / 3).Select(static number => $"{number}"), static text => text);
            await source.TakeAsync(from + (Count / 6));
            cable.Cut();
            await publishing;
        }

        await source.TakeAsync(Count);
        await source.Job.StopAsync();
        source.Values.Should().OnlyHaveUniqueItems().And.HaveCount(Count);
        lost.Sum.Should().Be(3);
        await _client.WaitForAsync(queue, ready: 0);
    }

    [Test]
    public async Task A_source_waits_for_a_server_that_comes_later_than_the_job()
    {
        string queue = await _client.QueueAsync();
        await _client.PublishAsync(queue, ["a"]);
        using var cable = new Cable(_server.Port) { IsPlugged = false };
        await using RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, RabbitMqServer.Through(cable.Port), Text.Codec));
        cable.IsPlugged = true;
        await source.TakeAsync(1);
        source.Values.Should().Equal("a");
    }

    [Test]
    public async Task A_source_that_has_to_be_alone_waits_for_the_other_ones_end()
    {
        string queue = await _client.QueueAsync();
        ISource<string> description = AmqpSource.Consume(queue, _server.Options, Text.Codec, new AmqpSourceOptions { Exclusive = true });
        RunningSource first = await RunningSource.StartAsync(description);
        await using RunningSource second = await RunningSource.StartAsync(description);
        await _client.PublishAsync(queue, ["a"]);
        await first.TakeAsync(1);
        await first.DisposeAsync();
        await _client.PublishAsync(queue, ["b"]);
        await second.TakeAsync(1);
        (string.Concat(first.Values), string.Concat(second.Values)).Should().Be(("a", "b"));
    }

    [Test]
    public async Task A_queue_that_is_not_there_fails_the_start()
    {
        Func<Task> start = async () => await RunningSource.StartAsync(AmqpSource.Consume("nowhere", _server.Options, Text.Codec));
        AmqpRefusedException refused = Refused(await start.Should().ThrowAsync<Exception>());
        refused.ReplyCode.Should().Be(404);
        refused.Message.Should().Contain("nowhere");
    }

    [Test]
    public async Task A_queue_that_was_declared_in_another_way_fails_the_start()
    {
        string queue = await _client.QueueAsync();
        Func<Task> start = async () => await RunningSource.StartAsync(
            AmqpSource.Consume(queue, _server.Options, Text.Codec, new AmqpSourceOptions { Queue = new AmqpQueue { Kind = AmqpQueueKind.Quorum } }));
        Refused(await start.Should().ThrowAsync<Exception>()).ReplyCode.Should().Be(406);
    }

    [Test]
    public async Task A_wrong_password_fails_the_start_and_is_not_told()
    {
        Func<Task> start = async () => await RunningSource.StartAsync(AmqpSource.Consume("any", _server.Options with { Password = "s3cret" }, Text.Codec));
        AmqpRefusedException refused = Refused(await start.Should().ThrowAsync<Exception>());
        refused.ReplyCode.Should().Be(403);
        refused.ToString().Should().NotContain("s3cret");
    }

    [Test]
    public async Task A_virtual_host_that_is_not_there_fails_the_start()
    {
        Func<Task> start = async () => await RunningSource.StartAsync(AmqpSource.Consume("any", _server.Options with { VirtualHost = "elsewhere" }, Text.Codec));
        Refused(await start.Should().ThrowAsync<Exception>()).ReplyCode.Should().Be(530);
    }

    [Test]
    public async Task A_queue_that_is_deleted_fails_the_job()
    {
        string queue = await _client.QueueAsync();
        await using RunningSource source = await RunningSource.StartAsync(AmqpSource.Consume(queue, _server.Options, Text.Codec));
        await _client.Channel.QueueDeleteAsync(queue);
        Func<Task> completion = () => source.Job.Completion.WaitAsync(Limits.Wait);
        Refused(await completion.Should().ThrowAsync<JobFailedException>()).ReplyCode.Should().Be(404);
    }

    [Test]
    public void A_topology_knows_what_a_source_makes_possible()
    {
        DeliveryOf(new AmqpSourceOptions()).Should().Be(Delivery.AtLeastOnce);
        var quorum = new AmqpQueue { Kind = AmqpQueueKind.Quorum };
        DeliveryOf(new AmqpSourceOptions { Queue = quorum, Exclusive = true, DeduplicationWindow = 10_000 }).Should().Be(Delivery.ExactlyOnce);
        DeliveryOf(new AmqpSourceOptions { Queue = quorum, DeduplicationWindow = 10_000 }).Should().Be(Delivery.AtLeastOnce, "another consumer may be given what this one did not acknowledge");
        DeliveryOf(new AmqpSourceOptions { Exclusive = true, DeduplicationWindow = 10_000 }).Should().Be(Delivery.AtLeastOnce, "a classic queue forgets acknowledgements when the server crashes");
        DeliveryOf(new AmqpSourceOptions { Queue = new AmqpQueue { Durable = false } }).Should().Be(Delivery.AtMostOnce);
    }

    private static Delivery DeliveryOf(AmqpSourceOptions options) => AmqpSource.Consume("queue", new AmqpServer("localhost"), Text.Codec, options).Delivery;

    private static AmqpRefusedException Refused<TException>(FluentAssertions.Specialized.ExceptionAssertions<TException> thrown)
        where TException : Exception
    {
        Exception? cause = thrown.Which;
        while (cause is not (null or AmqpRefusedException))
        {
            cause = cause.InnerException;
        }

        return cause.Should().BeOfType<AmqpRefusedException>("{0}", thrown.Which).Subject;
    }
}
