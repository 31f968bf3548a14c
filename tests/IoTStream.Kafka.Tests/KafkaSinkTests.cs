using System.Text;
using Confluent.Kafka;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Tests;

/// <summary>Messages as sinks make them, and what becomes of them when something fails, against the mock cluster.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class KafkaSinkTests
{
    private const short ProduceRequest = 0;
    private const short InitProducerIdRequest = 22;
    private const short AddPartitionsToTransactionRequest = 24;
    private const short EndTransactionRequest = 26;

    [Test]
    public async Task A_message_has_key_partition_headers_and_timestamp_of_its_record([Values] bool withLog)
    {
        using MockCluster cluster = Cluster().Topic("out", 4).Topic("other", 1);
        ISink<string> sink = KafkaSink.To("out", cluster.Options, Text.Codec, message => message
            .Key(text => text.Length > 1 ? text[..1] : null)
            .Partition(text => text.Length % 4)
            .Topic(text => text == "elsewhen" ? "other" : "out")
            .Header("length", text => $"{text.Length}")
            .Header("none", _ => null)
            .HeadersOf((text, context) => [new RecordHeader("source", context.Source)])
            .Timestamp(text => DateTimeOffset.FromUnixTimeSeconds(text.Length))
            .Tombstone(text => text == "gone"));

        await RunAsync(sink, ["a", "bc", "gone", "elsewhen", "defgh"], withLog);

        Producing.Read(cluster.BootstrapServers, "out").Select(Describe).Should().Equal(
            "[0] g=- 4 length=4,source=source", "[1] -=a 1 length=1,source=source", "[1] d=defgh 5 length=5,source=source", "[2] b=bc 2 length=2,source=source");
        Producing.Read(cluster.BootstrapServers, "other").Select(Describe).Should().Equal("[0] e=elsewhen 8 length=8,source=source");
    }

    [Test]
    public async Task Keys_go_where_other_clients_of_Kafka_put_them()
    {
        // Murmur2 of the key, as the client of the Java world has it; the numbers come from there.
        using MockCluster cluster = Cluster().Topic("keyed", 3);
        await RunAsync(KafkaSink.To<string>("keyed", cluster.Options, Text.Codec, static message => message.Key(static text => text)), ["device-1", "device-2", "device-3", "device-4"], withLog: false);
        string bare = cluster.BootstrapServers;
        using (IProducer<string, string> java = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = bare, Partitioner = Partitioner.Murmur2Random }).Build())
        {
            foreach (ConsumeResult<byte[]?, byte[]?> result in Producing.Read(bare, "keyed"))
            {
                string key = Encoding.UTF8.GetString(result.Message.Key!);
                DeliveryResult<string, string> delivered = await java.ProduceAsync("keyed", new Message<string, string> { Key = key, Value = key });
                delivered.Partition.Should().Be(result.Partition);
            }
        }
    }

    [Test]
    public async Task Large_messages_come_through_if_they_may()
    {
        using MockCluster cluster = Cluster().Topic("large", 1);
        string large = new('x', 3_000_000);
        await RunAsync(KafkaSink.To<string>("large", cluster.Options, Text.Codec, options: new KafkaSinkOptions { MaxMessageBytes = 4_000_000, Compression = KafkaCompression.None }), [large], withLog: false);

        await using RunningSource<string> source = await RunningSource<string>.StartAsync(
            KafkaSource.Read("large", cluster.Options, Text.Codec, new KafkaSourceOptions { End = KafkaEnd.Now }));
        await source.EndAsync();
        source.Values.Should().Equal(large);
    }

    [Test]
    public async Task A_message_that_is_too_large_fails_the_job([Values] bool withLog)
    {
        using MockCluster cluster = Cluster().Topic("small", 1);
        Func<Task> run = () => RunAsync(KafkaSink.To<string>("small", cluster.Options, Text.Codec, options: new KafkaSinkOptions { MaxMessageBytes = 1024 }), [new string('x', 2000)], withLog);
        (await run.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*'sink'*too large*");
    }

    [Test]
    public async Task A_broker_that_refuses_messages_fails_the_job([Values] bool withLog)
    {
        using MockCluster cluster = Cluster().Topic("refused", 1);
        cluster.Fail(ProduceRequest, ErrorCode.TopicAuthorizationFailed);
        Func<Task> run = () => RunAsync(KafkaSink.To<string>("refused", cluster.Options, Text.Codec), ["a", "b"], withLog);
        (await run.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*'sink'*uthoriz*");
    }

    [Test]
    public async Task Passing_errors_cost_nothing([Values] bool withLog)
    {
        using MockCluster cluster = Cluster().Topic("passing", 2);
        cluster.Fail(ProduceRequest, ErrorCode.NotLeaderForPartition, ErrorCode.RequestTimedOut, ErrorCode.NotEnoughReplicas);
        cluster.Fail(InitProducerIdRequest, ErrorCode.GroupCoordinatorNotAvailable, ErrorCode.NotCoordinatorForGroup);
        cluster.Fail(AddPartitionsToTransactionRequest, ErrorCode.GroupLoadInProgress, ErrorCode.ConcurrentTransactions);
        cluster.Fail(EndTransactionRequest, ErrorCode.GroupLoadInProgress, ErrorCode.NotCoordinatorForGroup);
        string[] numbers = [.. Enumerable.Range(0, 500).Select(static number => $"{number}")];
        await RunAsync(KafkaSink.To<string>("passing", cluster.Options, Text.Codec, static message => message.Key(static text => text)), numbers, withLog);
        Producing.ReadTexts(cluster.BootstrapServers, "passing").Order(StringComparer.Ordinal).Should().Equal(numbers.Order(StringComparer.Ordinal));
    }

    [Test]
    public async Task A_transaction_that_has_to_be_aborted_is_tried_again()
    {
        using MockCluster cluster = Cluster().Topic("aborted", 1);
        cluster.Fail(EndTransactionRequest, ErrorCode.InvalidTxnState);
        cluster.Fail(AddPartitionsToTransactionRequest, ErrorCode.InvalidProducerIdMapping);
        await RunAsync(KafkaSink.To<string>("aborted", cluster.Options, Text.Codec), ["a", "b"], withLog: true, restarts: 3);

        // The mock cluster shows what was aborted, too.
        Producing.ReadTexts(cluster.BootstrapServers, "aborted").Distinct().Should().Equal("a", "b");
    }

    [Test]
    public async Task A_writer_that_was_fenced_fails_the_job_and_says_why()
    {
        using MockCluster cluster = Cluster().Topic("fenced", 1);
        cluster.Fail(AddPartitionsToTransactionRequest, ErrorCode.ProducerFenced);
        Func<Task> run = () => RunAsync(KafkaSink.To<string>("fenced", cluster.Options, Text.Codec), ["a"], withLog: true);
        (await run.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*'sink'*another writer has taken its place*");
    }

    [Test]
    public async Task A_job_that_was_fenced_goes_on_after_a_restart()
    {
        using MockCluster cluster = Cluster().Topic("fenced", 1);
        cluster.Fail(AddPartitionsToTransactionRequest, ErrorCode.ProducerFenced);
        await RunAsync(KafkaSink.To<string>("fenced", cluster.Options, Text.Codec), ["a"], withLog: true, restarts: 1);

        // The mock cluster shows what was aborted, too.
        Producing.ReadTexts(cluster.BootstrapServers, "fenced").Distinct().Should().Equal("a");
    }

    [Test]
    public async Task An_epoch_that_is_never_taken_fails_the_job_in_the_end()
    {
        using MockCluster cluster = Cluster().Topic("never", 1);
        var options = new KafkaSinkOptions { ApplyTimeout = TimeSpan.FromSeconds(1) };
        cluster.Fail(EndTransactionRequest, [.. Enumerable.Repeat(ErrorCode.GroupLoadInProgress, 1000)]);
        Func<Task> run = () => RunAsync(KafkaSink.To<string>("never", cluster.Options, Text.Codec, options: options), ["a"], withLog: true);
        (await run.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*'sink' could not produce epoch*");
    }

    [Test]
    public async Task Brokers_that_go_away_and_come_back_lose_nothing([Values] bool withLog)
    {
        using MockCluster cluster = Cluster(brokers: 2).Topic("restarted", 4);
        string[] numbers = [.. Enumerable.Range(0, 2000).Select(static number => $"{number}")];
        int written = 0;
        List<Task> returns = [];
        await RunAsync(
            KafkaSink.To<string>("restarted", cluster.Options with { Settings = new Dictionary<string, string> { ["reconnect.backoff.max.ms"] = "100" } }, Text.Codec, static message => message.Key(static text => text)),
            numbers.Select(number =>
            {
                if (++written is 500 or 1500)
                {
                    int broker = 1 + (written / 1000);
                    cluster.Down(broker);
                    returns.Add(Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System).ContinueWith(_ => cluster.Up(broker), TaskScheduler.Default));
                }

                return number;
            }),
            withLog);
        await Task.WhenAll(returns);
        Producing.ReadTexts(cluster.BootstrapServers, "restarted").Distinct().Order(StringComparer.Ordinal).Should().Equal(numbers.Order(StringComparer.Ordinal));
    }

    [TestCase("transactional.id")]
    [TestCase("acks")]
    public void Settings_that_the_guarantees_rest_on_cannot_be_changed(string name)
    {
        Action make = () => KafkaSink.To<string>("out", new KafkaCluster("localhost:9092") { Settings = new Dictionary<string, string> { [name] = "0" } }, Text.Codec);
        make.Should().Throw<ArgumentException>().WithMessage($"*'{name}'*");
    }

    [Test]
    public void Secrets_are_not_told()
    {
        var cluster = new KafkaCluster("localhost:9092") { Sasl = KafkaSasl.ScramSha512("me", "secret"), Tls = new KafkaTls { ClientCertificate = "c", ClientKey = "secret" } };
        $"{cluster} {cluster.Tls} {cluster.Sasl} {new KafkaToken("secret", DateTimeOffset.UnixEpoch, "me")}".Should().NotContain("secret").And.Contain("ScramSha512 as me");
    }

    private static MockCluster Cluster(int brokers = 1) => new MockCluster(brokers).Topic("iotstream-epochs", 1);

    private static async Task RunAsync(ISink<string> sink, IEnumerable<string> records, bool withLog, int restarts = 0)
    {
        string? directory = withLog ? Directory.CreateTempSubdirectory("iotstream-kafka-").FullName : null;
        try
        {
            var builder = new TopologyBuilder("producing");
            builder.From("source", Source.From(records)).To("sink", sink);
            await using Job job = await builder.Build().StartAsync(new JobOptions
            {
                Lanes = 1,
                BatchSize = 100,
                EpochLog = directory is null ? null : EpochLog.At(directory),
                EpochInterval = TimeSpan.FromMilliseconds(20),
                Restart = restarts == 0 ? null : new RestartPolicy { MaxRestarts = restarts, FirstDelay = TimeSpan.FromMilliseconds(10) },
            });
            await job.Completion.WaitAsync(Limits.Wait);
        }
        finally
        {
            if (directory is not null)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static string Describe(ConsumeResult<byte[]?, byte[]?> result) =>
        $"[{result.Partition.Value}] {TextOf(result.Message.Key)}={TextOf(result.Message.Value)} {result.Message.Timestamp.UnixTimestampMs / 1000} "
        + string.Join(',', result.Message.Headers.Select(static header => $"{header.Key}={TextOf(header.GetValueBytes())}"));

    private static string TextOf(byte[]? bytes) => bytes is null ? "-" : Encoding.UTF8.GetString(bytes);
}
