using System.Globalization;
using System.Text;
using Confluent.Kafka;
using IoTStream.Connectors;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Runtime;
using IoTStream.Testing;

namespace IoTStream.Kafka.Tests;

/// <summary>A source that reads all partitions, against the mock cluster.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class KafkaSourceTests
{
    [Test]
    public async Task Messages_of_all_partitions_come_with_timestamps_headers_and_their_partition([Values(1, 3)] int lanes)
    {
        using MockCluster cluster = new MockCluster().Topic("readings", 4);
        DateTimeOffset start = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        await Producing.AllAsync(cluster.BootstrapServers, Enumerable.Range(0, 1000).Select(number => (
            new TopicPartition("readings", number % 4),
            new Message<byte[]?, byte[]?>
            {
                Key = BitConverter.GetBytes(number),
                Value = Encoding.UTF8.GetBytes($"{number}"),
                Timestamp = new Timestamp(start.AddSeconds(number)),
                Headers = number % 2 == 0 ? null : [new Header("number", Encoding.UTF8.GetBytes($"{number}"))],
            })));

        await using RunningSource<string> source = await RunningSource<string>.StartAsync(
            KafkaSource.Read("readings", cluster.Options, Text.Codec, new KafkaSourceOptions { End = KafkaEnd.Now }), new JobOptions { Lanes = lanes });
        await source.EndAsync();

        source.Records.Should().HaveCount(1000);
        foreach (IGrouping<string, (string Value, RecordContext Context)> partition in source.Records.GroupBy(static record => record.Context.Partition.Name))
        {
            partition.Select(static record => int.Parse(record.Value, CultureInfo.InvariantCulture)).Should().BeInAscendingOrder("a partition keeps its order");
            foreach ((string value, RecordContext context) in partition)
            {
                int number = int.Parse(value, CultureInfo.InvariantCulture);
                partition.Key.Should().Be($"readings[{number % 4}]");
                context.Timestamp.Should().Be(start.AddSeconds(number));
                context.Headers.Text(KafkaHeaders.Topic).Should().Be("readings");
                context.Headers.Text("number").Should().Be(number % 2 == 0 ? null : value);
            }
        }
    }

    [Test]
    public async Task What_does_not_decode_becomes_a_dead_letter_that_says_where_it_was()
    {
        using MockCluster cluster = new MockCluster(1).Topic("readings", 2);
        await Producing.AllAsync(cluster.BootstrapServers,
        [
            (new TopicPartition("readings", 1), new Message<byte[]?, byte[]?> { Value = "good"u8.ToArray() }),
            (new TopicPartition("readings", 1), new Message<byte[]?, byte[]?> { Key = "k"u8.ToArray(), Value = "?bad"u8.ToArray(), Headers = [new Header("h", "v"u8.ToArray())] }),
            (new TopicPartition("readings", 1), new Message<byte[]?, byte[]?> { Key = "deleted"u8.ToArray(), Value = null }),
            (new TopicPartition("readings", 1), new Message<byte[]?, byte[]?> { Value = "good too"u8.ToArray() }),
        ]);

        await using RunningSource<string> source = await RunningSource<string>.StartAsync(
            KafkaSource.Read("readings", cluster.Options, Text.Codec, new KafkaSourceOptions { End = KafkaEnd.Now }));
        await source.EndAsync();

        source.Values.Should().Equal("good", "good too");
        source.DeadLetters.Should().HaveCount(2);
        DeadLetter bad = source.DeadLetters[0];
        Encoding.UTF8.GetString(bad.Payload.Span).Should().Be("?bad");
        bad.Reason.Should().BeOfType<FormatException>();
        bad.Partition.Name.Should().Be("readings[1]");
        bad.Headers.Select(static header => $"{header.Name}={header.Text}").Should().Equal("kafka.topic=readings", "h=v", "kafka.partition=1", "kafka.offset=1", "kafka.key=k");
        source.DeadLetters[1].Reason.Message.Should().Contain("no value");
    }

    [Test]
    public async Task Whole_messages_can_be_made_records()
    {
        using MockCluster cluster = new MockCluster(1).Topic("table", 1);
        await Producing.AllAsync(cluster.BootstrapServers,
        [
            (new TopicPartition("table", 0), new Message<byte[]?, byte[]?> { Key = "a"u8.ToArray(), Value = "1"u8.ToArray() }),
            (new TopicPartition("table", 0), new Message<byte[]?, byte[]?> { Key = "a"u8.ToArray(), Value = null }),
            (new TopicPartition("table", 0), new Message<byte[]?, byte[]?> { Value = [] }),
        ]);

        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read(
            ["table"],
            cluster.Options,
            message => $"{message.Partition}@{message.Offset} {(message.HasKey ? Encoding.UTF8.GetString(message.Key.Span) : "-")}={(message.IsTombstone ? "-" : Encoding.UTF8.GetString(message.Value))}",
            new KafkaSourceOptions { End = KafkaEnd.Now }));
        await source.EndAsync();

        source.Values.Should().Equal("table[0]@0 a=1", "table[0]@1 a=-", "table[0]@2 -=");
    }

    [Test]
    public async Task It_keeps_to_the_contract_of_sources_that_can_be_read_again()
    {
        using MockCluster cluster = new MockCluster(1).Topic("numbers", 5);
        for (int partition = 0; partition < 4; partition++)
        {
            await Producing.TextsAsync(cluster.BootstrapServers, "numbers", partition, Enumerable.Range(0, 100 * partition).Select(number => number % 17 == 3 ? "?" : $"{partition}/{number}"));
        }

        await PositionedSourceConformance.CheckAsync(
            KafkaSource.Read("numbers", cluster.Options, Text.Codec, new KafkaSourceOptions { End = KafkaEnd.Now, Capacity = 50 }), runs: 12);
    }

    [Test]
    public async Task It_begins_where_it_is_told()
    {
        using MockCluster cluster = new MockCluster(1).Topic("numbers", 2);
        DateTimeOffset start = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        await ProduceAsync(0, 10);

        (await ReadAsync(KafkaStart.Earliest)).Should().HaveCount(10);
        (await ReadAsync(KafkaStart.Offsets(new Dictionary<KafkaPartition, long> { [new("numbers", 0)] = 7 }, otherwise: KafkaStart.Latest))).Should().Equal("7", "8", "9");
        (await ReadAsync(KafkaStart.Latest)).Should().BeEmpty();
        (await ReadAsync(KafkaStart.Committed(otherwise: KafkaStart.Offsets(new Dictionary<KafkaPartition, long> { [new("numbers", 0)] = 9 }, KafkaStart.Latest)))).Should().Equal("9");

        Task ProduceAsync(int first, int count) => Producing.AllAsync(cluster.BootstrapServers, Enumerable.Range(first, count).Select(number => (
            new TopicPartition("numbers", 0),
            new Message<byte[]?, byte[]?> { Value = Encoding.UTF8.GetBytes($"{number}"), Timestamp = new Timestamp(start.AddSeconds(number)) })));

        async Task<IReadOnlyList<string>> ReadAsync(KafkaStart from)
        {
            await using RunningSource<string> source = await RunningSource<string>.StartAsync(
                KafkaSource.Read("numbers", cluster.Options, Text.Codec, new KafkaSourceOptions { Start = from, End = KafkaEnd.Now, Group = new KafkaGroup($"{Guid.NewGuid()}") }));
            await source.EndAsync();
            return source.Values;
        }
    }

    [Test]
    public async Task What_a_group_was_committed_is_where_the_next_job_begins()
    {
        using MockCluster cluster = new MockCluster(1).Topic("numbers", 3);
        var options = new KafkaSourceOptions { Start = KafkaStart.Committed(otherwise: KafkaStart.Earliest), End = KafkaEnd.Now, Group = new KafkaGroup("readers") };
        await Producing.TextsAsync(cluster.BootstrapServers, "numbers", 1, "a", "b");
        (await ReadAsync()).Should().Equal("a", "b");
        await Producing.TextsAsync(cluster.BootstrapServers, "numbers", 1, "c");
        (await ReadAsync()).Should().Equal("c");
        (await ReadAsync()).Should().BeEmpty();

        async Task<IReadOnlyList<string>> ReadAsync()
        {
            await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("numbers", cluster.Options, Text.Codec, options));
            await source.EndAsync();
            return source.Values;
        }
    }

    [Test]
    public async Task Topics_and_partitions_that_come_later_are_found()
    {
        using MockCluster cluster = new MockCluster(1).Topic("sensors.a", 1).Topic("other", 1);
        await Producing.TextsAsync(cluster.BootstrapServers, "other", 0, "not this");
        await Producing.TextsAsync(cluster.BootstrapServers, "sensors.a", 0, "a");

        await using RunningSource<string> source = await RunningSource<string>.StartAsync(
            KafkaSource.Read(@"^sensors\..*", cluster.Options, Text.Codec, new KafkaSourceOptions { DiscoveryInterval = TimeSpan.FromMilliseconds(50) }));
        await source.TakeAsync(1);
        cluster.Topic("sensors.b", 2);
        await Producing.TextsAsync(cluster.BootstrapServers, "sensors.b", 1, "b");
        (await source.TakeAsync(2)).Should().Equal("a", "b");
        source.Records[1].Context.Headers.Text(KafkaHeaders.Topic).Should().Be("sensors.b");
    }

    [Test]
    public async Task Partitions_are_paused_while_the_pipeline_does_not_keep_up()
    {
        using MockCluster cluster = new MockCluster(1).Topic("paused", 2);
        await Producing.TextsAsync(cluster.BootstrapServers, "paused", 0, Enumerable.Range(0, 5000).Select(static number => $"{number}"));
        using var gate = new ManualResetEventSlim();

        await using RunningSource<string> source = await RunningSource<string>.StartAsync(
            KafkaSource.Read("paused", cluster.Options, Text.Codec, new KafkaSourceOptions { Capacity = 100 }), new JobOptions { Lanes = 1, BatchSize = 16 }, _ => gate.Wait());
        using var lag = new Measurements("iotstream.kafka.waiting");
        bool isFull = await HasAsync(() => lag.Read("paused", 0) is > 50);
        long? waiting = lag.Read("paused", 0);
        gate.Set();
        isFull.Should().BeTrue("the queue gets full");
        waiting.Should().BeLessThan(200, "what waits is bounded");
        (await source.TakeAsync(5000)).Should().Equal(Enumerable.Range(0, 5000).Select(static number => $"{number}"));
    }

    [Test]
    public async Task Lag_is_told_for_each_partition()
    {
        using MockCluster cluster = new MockCluster(1).Topic("lagging", 1);
        await Producing.TextsAsync(cluster.BootstrapServers, "lagging", 0, Enumerable.Range(0, 300).Select(static number => $"{number}"));
        using var gate = new ManualResetEventSlim();
        int read = 0;
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(
            KafkaSource.Read("lagging", cluster.Options, Text.Codec), new JobOptions { Lanes = 1, BatchSize = 10 }, _ =>
            {
                if (Interlocked.Increment(ref read) == 11)
                {
                    gate.Wait();
                }
            });
        using var lag = new Measurements("iotstream.kafka.lag");
        bool isBehind = await HasAsync(() => lag.Read("lagging", 0) is > 0 and < 300);
        gate.Set();
        isBehind.Should().BeTrue("there is a lag");
        await Limits.UntilAsync(() => lag.Read("lagging", 0) == 0, "it is gone");
    }

    [Test]
    public async Task A_topic_that_is_not_there_fails_the_start()
    {
        using var cluster = new MockCluster(1);
        Func<Task> start = () => RunningSource<string>.StartAsync(KafkaSource.Read("nowhere", cluster.Options with { OpenTimeout = TimeSpan.FromMilliseconds(200) }, Text.Codec));
        (await start.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*'messages'*nowhere*");
    }

    [Test]
    public async Task A_cluster_that_is_not_there_fails_the_start()
    {
        NativeClient.Require();
        Func<Task> start = () => RunningSource<string>.StartAsync(KafkaSource.Read("nowhere", new KafkaCluster("127.0.0.1:1") { OpenTimeout = TimeSpan.FromMilliseconds(200) }, Text.Codec));
        (await start.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*127.0.0.1:1*Connection refused*");
    }

    [Test]
    public async Task Brokers_that_go_away_and_come_back_cost_nothing()
    {
        using MockCluster cluster = new MockCluster(2).Topic("numbers", 4);
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("numbers", cluster.Options, Text.Codec));
        for (int round = 0; round < 3; round++)
        {
            for (int partition = 0; partition < 4; partition++)
            {
                await Producing.TextsAsync(cluster.BootstrapServers, "numbers", partition, Enumerable.Range(round * 50, 50).Select(number => $"{partition}/{number}"));
            }

            cluster.Down(1 + (round % 2));
            await source.TakeAsync((round * 200) + 50);
            cluster.Up(1 + (round % 2));
            await source.TakeAsync((round + 1) * 200);
        }

        source.Values.Should().OnlyHaveUniqueItems().And.HaveCount(600);
    }

    [Test]
    public async Task Errors_of_fetches_are_got_over()
    {
        using MockCluster cluster = new MockCluster(1).Topic("numbers", 1);
        cluster.Fail(1, ErrorCode.NotLeaderForPartition, ErrorCode.LeaderNotAvailable, ErrorCode.NetworkException, ErrorCode.RequestTimedOut);
        await Producing.TextsAsync(cluster.BootstrapServers, "numbers", 0, Enumerable.Range(0, 100).Select(static number => $"{number}"));
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("numbers", cluster.Options, Text.Codec));
        (await source.TakeAsync(100)).Should().Equal(Enumerable.Range(0, 100).Select(static number => $"{number}"));
    }

    [Test]
    public async Task A_position_that_the_topic_does_not_have_fails_the_job()
    {
        using MockCluster cluster = new MockCluster(1).Topic("numbers", 1);
        await Producing.TextsAsync(cluster.BootstrapServers, "numbers", 0, "a");
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read(
            "numbers", cluster.Options, Text.Codec, new KafkaSourceOptions { Start = KafkaStart.Offsets(new Dictionary<KafkaPartition, long> { [new("numbers", 0)] = 1000 }, KafkaStart.Earliest) }));
        Func<Task> end = source.EndAsync;
        (await end.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*'messages'*DropState*");
    }

    // The lane is blocked by the test: whatever comes out, it has to be let go.
    private static async Task<bool> HasAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        while (!condition() && !limit.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        return condition();
    }
}
