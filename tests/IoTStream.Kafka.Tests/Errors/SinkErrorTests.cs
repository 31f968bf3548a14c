using System.Globalization;
using Confluent.Kafka;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Tests.Errors;

/// <summary>What brokers answer to each step of producing, and what becomes of the job.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SinkErrorTests
{
    private static readonly string[] Numbers = [.. Enumerable.Range(0, 1000).Select(static number => number.ToString(CultureInfo.InvariantCulture))];

    [TestCase(Request.Metadata, ErrorCode.LeaderNotAvailable)]
    [TestCase(Request.FindCoordinator, ErrorCode.GroupCoordinatorNotAvailable)]
    [TestCase(Request.InitProducerId, ErrorCode.GroupLoadInProgress)]
    [TestCase(Request.InitProducerId, ErrorCode.ConcurrentTransactions)]
    [TestCase(Request.AddPartitionsToTransaction, ErrorCode.GroupCoordinatorNotAvailable)]
    [TestCase(Request.AddPartitionsToTransaction, ErrorCode.NotCoordinatorForGroup)]
    [TestCase(Request.AddPartitionsToTransaction, ErrorCode.UnknownTopicOrPart)]
    [TestCase(Request.Produce, ErrorCode.NotEnoughReplicasAfterAppend)]
    [TestCase(Request.Produce, ErrorCode.NotLeaderForPartition)]
    [TestCase(Request.EndTransaction, ErrorCode.GroupCoordinatorNotAvailable)]
    [TestCase(Request.EndTransaction, ErrorCode.ConcurrentTransactions)]
    [TestCase(Request.EndTransaction, ErrorCode.RequestTimedOut)]
    public Task What_passes_is_waited_for(Request request, ErrorCode error) => GetOverAsync(request, error);

    [TestCase(Request.AddPartitionsToTransaction, ErrorCode.InvalidProducerIdMapping)]
    [TestCase(Request.AddPartitionsToTransaction, ErrorCode.UnknownProducerId)]
    [TestCase(Request.Produce, ErrorCode.UnknownProducerId)]
    [TestCase(Request.EndTransaction, ErrorCode.UnknownProducerId)]
    [TestCase(Request.EndTransaction, ErrorCode.InvalidProducerIdMapping)]
    public Task An_epoch_whose_transaction_has_to_be_aborted_is_produced_again(Request request, ErrorCode error) => GetOverAsync(request, error);

    [TestCase(Request.InitProducerId, ErrorCode.TransactionalIdAuthorizationFailed, "*could not begin with transactions*uthoriz*")]
    [TestCase(Request.InitProducerId, ErrorCode.ClusterAuthorizationFailed, "*could not begin with transactions*uthoriz*")]
    [TestCase(Request.InitProducerId, ErrorCode.InvalidTransactionTimeout, "*do not allow a TransactionTimeout of 00:01:00 (transaction.max.timeout.ms)*")]
    [TestCase(Request.AddPartitionsToTransaction, ErrorCode.TransactionalIdAuthorizationFailed, "*could not produce epoch*uthoriz*")]
    [TestCase(Request.AddPartitionsToTransaction, ErrorCode.TopicAuthorizationFailed, "*could not produce epoch*uthoriz*")]
    [TestCase(Request.Produce, ErrorCode.ClusterAuthorizationFailed, "*could not produce epoch*uthoriz*")]
    [TestCase(Request.EndTransaction, ErrorCode.TransactionalIdAuthorizationFailed, "*could not produce epoch*uthoriz*")]
    [TestCase(Request.Produce, ErrorCode.OutOfOrderSequenceNumber, "*could not produce epoch*sequence desynchronization*")]
    [TestCase(Request.Produce, ErrorCode.InvalidProducerEpoch, "*could not produce epoch*another writer has taken its place*")]
    [TestCase(Request.EndTransaction, ErrorCode.ProducerFenced, "*could not produce epoch*another writer has taken its place*")]
    [TestCase(Request.EndTransaction, ErrorCode.InvalidProducerEpoch, "*could not produce epoch*another writer has taken its place*")]
    public async Task What_does_not_pass_fails_the_job_and_is_told(Request request, ErrorCode error, string why)
    {
        using MockCluster cluster = Cluster(1);
        cluster.Fail((short)request, error, error, error, error, error, error, error, error);
        Func<Task> run = () => RunAsync(cluster, Numbers, withLog: true);
        (await run.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage(why);
    }

    [TestCase(Request.AddPartitionsToTransaction, ErrorCode.ProducerFenced)]
    [TestCase(Request.EndTransaction, ErrorCode.ProducerFenced)]
    public async Task What_the_client_cannot_get_over_a_restart_does(Request request, ErrorCode error)
    {
        using MockCluster cluster = Cluster(1);
        cluster.Fail((short)request, error);
        await RunAsync(cluster, Numbers, withLog: true, restarts: 3);
        Read(cluster).Should().Equal(Numbers);
    }

    [Test]
    public async Task Messages_that_nobody_takes_in_time_fail_the_job()
    {
        using MockCluster cluster = Cluster(1);
        cluster.Fail((short)Request.Produce, [.. Enumerable.Repeat(ErrorCode.NotEnoughReplicas, 1000)]);
        Func<Task> run = () => RunAsync(cluster, Numbers, withLog: false, new KafkaSinkOptions { DeliveryTimeout = TimeSpan.FromSeconds(1) });
        (await run.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*'sink' was not delivered*");
    }

    [Test]
    public async Task Leaders_that_change_lose_nothing([Values] bool withLog)
    {
        using MockCluster cluster = Cluster(3);
        await RunAsync(cluster, Numbers.Select(number =>
        {
            if (number.EndsWith("00", StringComparison.Ordinal))
            {
                int round = int.Parse(number, CultureInfo.InvariantCulture) / 100;
                for (int partition = 0; partition < 4; partition++)
                {
                    cluster.Lead("out", partition, 1 + ((round + partition) % 3));
                }

                cluster.Lead("iotstream-epochs", 0, 1 + (round % 3));
            }

            return number;
        }), withLog);
        Read(cluster).Should().Equal(Numbers);
    }

    [Test]
    public async Task A_cluster_that_is_gone_for_a_while_costs_nothing([Values] bool withLog)
    {
        using MockCluster cluster = Cluster(2);
        Task? back = null;
        await RunAsync(cluster, Numbers.Select(number =>
        {
            if (number == "500")
            {
                cluster.Down(1);
                cluster.Down(2);
                back = Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System).ContinueWith(
                    _ =>
                    {
                        cluster.Up(2);
                        cluster.Up(1);
                    },
                    TaskScheduler.Default);
            }

            return number;
        }), withLog);
        await back!;
        Read(cluster).Should().Equal(Numbers);
    }

    [Test]
    public async Task Messages_are_compressed_as_is_said([Values] KafkaCompression compression)
    {
        using MockCluster cluster = Cluster(1);
        await RunAsync(cluster, Numbers, withLog: false, new KafkaSinkOptions { Compression = compression });
        Read(cluster).Should().Equal(Numbers);
    }

    private static async Task GetOverAsync(Request request, ErrorCode error)
    {
        using MockCluster cluster = Cluster(1);
        cluster.Fail((short)request, error, error);
        await RunAsync(cluster, Numbers, withLog: true);
        Read(cluster).Should().Equal(Numbers);
    }

    private static MockCluster Cluster(int brokers) => new MockCluster(brokers).Topic("out", 4).Topic("iotstream-epochs", 1);

    /// <summary>What there is, in order, without what is there twice: the mock cluster shows aborted messages too.</summary>
    private static IEnumerable<string> Read(MockCluster cluster) => Producing.ReadTexts(cluster.BootstrapServers, "out").Distinct().OrderBy(static text => int.Parse(text, CultureInfo.InvariantCulture));

    private static async Task RunAsync(MockCluster cluster, IEnumerable<string> records, bool withLog, KafkaSinkOptions? options = null, int restarts = 0)
    {
        string directory = Directory.CreateTempSubdirectory("iotstream-kafka-").FullName;
        try
        {
            KafkaCluster quick = cluster.Options with { Settings = new Dictionary<string, string> { ["reconnect.backoff.max.ms"] = "100" } };
            var builder = new TopologyBuilder("producing");
            builder.From("source", Source.From(records)).To("sink", KafkaSink.To<string>("out", quick, Text.Codec, static message => message.Key(static text => text), options));
            await using Job job = await builder.Build().StartAsync(new JobOptions
            {
                Lanes = 1,
                BatchSize = 50,
                EpochLog = withLog ? EpochLog.At(directory) : null,
                EpochInterval = TimeSpan.FromMilliseconds(20),
                Restart = restarts == 0 ? null : new RestartPolicy { MaxRestarts = restarts, FirstDelay = TimeSpan.FromMilliseconds(10) },
            });
            await job.Completion.WaitAsync(Limits.Wait);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
