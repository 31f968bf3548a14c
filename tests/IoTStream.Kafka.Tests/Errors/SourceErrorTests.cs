using System.Globalization;
using Confluent.Kafka;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Tests.Errors;

/// <summary>What brokers answer to each step of reading, and what becomes of the job.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SourceErrorTests
{
    private const int Partitions = 4;
    private static readonly string[] Numbers = [.. Enumerable.Range(0, 400).Select(static number => number.ToString(CultureInfo.InvariantCulture))];

    [TestCase(Request.Metadata, ErrorCode.LeaderNotAvailable)]
    [TestCase(Request.ListOffsets, ErrorCode.NotLeaderForPartition)]
    [TestCase(Request.ListOffsets, ErrorCode.RequestTimedOut)]
    [TestCase(Request.Fetch, ErrorCode.NotLeaderForPartition)]
    [TestCase(Request.Fetch, ErrorCode.UnknownTopicOrPart)]
    [TestCase(Request.OffsetCommit, ErrorCode.NotCoordinatorForGroup)]
    public async Task What_passes_is_waited_for(Request request, ErrorCode error)
    {
        using MockCluster cluster = new MockCluster(1).Topic("numbers", Partitions);
        await ProduceAsync(cluster, 0);
        cluster.Fail((short)request, error, error);
        var options = new KafkaSourceOptions { Group = new KafkaGroup("group") { CommitInterval = TimeSpan.FromMilliseconds(20) } };
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("numbers", cluster.Options, Text.Codec, options));
        (await source.TakeAsync(Numbers.Length)).OrderBy(static text => int.Parse(text, CultureInfo.InvariantCulture)).Should().Equal(Numbers);
    }

    [TestCase(Request.FindCoordinator, ErrorCode.GroupCoordinatorNotAvailable)]
    [TestCase(Request.JoinGroup, ErrorCode.NotCoordinatorForGroup)]
    [TestCase(Request.SyncGroup, ErrorCode.RebalanceInProgress)]
    [TestCase(Request.SyncGroup, ErrorCode.UnknownMemberId)]
    [TestCase(Request.OffsetFetch, ErrorCode.GroupLoadInProgress)]
    [TestCase(Request.Heartbeat, ErrorCode.IllegalGeneration)]
    [TestCase(Request.Heartbeat, ErrorCode.UnknownMemberId)]
    [TestCase(Request.Heartbeat, ErrorCode.NotCoordinatorForGroup)]
    public async Task A_member_that_its_group_loses_joins_again_and_loses_nothing(Request request, ErrorCode error)
    {
        using MockCluster cluster = new MockCluster(1).Topic("numbers", Partitions);
        await ProduceAsync(cluster, 0);
        cluster.Fail((short)request, error);
        var options = new KafkaSourceOptions { Group = Group };
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("numbers", cluster.Options, Text.Codec, options));
        await source.TakeAsync(Numbers.Length);
        await ProduceAsync(cluster, 1000);
        await Limits.UntilAsync(() => source.Values.Distinct().Count() == 2 * Numbers.Length, "all numbers come");
    }

    [TestCase(Request.Fetch, ErrorCode.TopicAuthorizationFailed, "*'messages' cannot read*uthoriz*")]
    [TestCase(Request.Fetch, ErrorCode.OffsetOutOfRange, "*'messages' has a position that the topic does not have*")]
    [TestCase(Request.JoinGroup, ErrorCode.GroupAuthorizationFailed, "*'messages' cannot read*uthoriz*")]
    [TestCase(Request.JoinGroup, ErrorCode.FencedInstanceId, "The source 'messages' cannot read: *fenced*")]
    public async Task What_does_not_pass_fails_the_job_and_is_told(Request request, ErrorCode error, string why)
    {
        using MockCluster cluster = new MockCluster(1).Topic("numbers", Partitions);
        await ProduceAsync(cluster, 0);
        cluster.Fail((short)request, error, error, error, error);
        var options = new KafkaSourceOptions { Group = request == Request.JoinGroup ? Group with { InstanceId = "first" } : null };
        Func<Task> read = async () =>
        {
            await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("numbers", cluster.Options, Text.Codec, options));
            await source.Job.Completion.WaitAsync(Limits.Wait);
        };
        (await read.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage(why);
    }

    [Test]
    public async Task Leaders_that_change_cost_nothing()
    {
        using MockCluster cluster = new MockCluster(3).Topic("numbers", Partitions);
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("numbers", cluster.Options, Text.Codec));
        for (int round = 0; round < 4; round++)
        {
            for (int partition = 0; partition < Partitions; partition++)
            {
                cluster.Lead("numbers", partition, 1 + ((round + partition) % 3));
            }

            await ProduceAsync(cluster, round * 1000);
            await source.TakeAsync((round + 1) * Numbers.Length);
        }

        source.Values.Should().OnlyHaveUniqueItems().And.HaveCount(4 * Numbers.Length);
    }

    [Test]
    public async Task A_group_whose_coordinator_changes_goes_on()
    {
        using MockCluster cluster = new MockCluster(3).Topic("numbers", Partitions);
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("numbers", cluster.Options, Text.Codec, new KafkaSourceOptions { Group = Group }));
        for (int round = 0; round < 3; round++)
        {
            cluster.Coordinate("group", Group.Id, 1 + round);
            await ProduceAsync(cluster, round * 1000);
            int expected = (round + 1) * Numbers.Length;
            await Limits.UntilAsync(() => source.Values.Distinct().Count() == expected, "all numbers come");
        }
    }

    [Test]
    public async Task A_cluster_that_is_gone_for_a_while_costs_nothing()
    {
        using MockCluster cluster = new MockCluster(2).Topic("numbers", Partitions);
        KafkaCluster quick = cluster.Options with { Settings = new Dictionary<string, string> { ["reconnect.backoff.max.ms"] = "100" } };
        await using RunningSource<string> source = await RunningSource<string>.StartAsync(KafkaSource.Read("numbers", quick, Text.Codec));
        await ProduceAsync(cluster, 0);
        await source.TakeAsync(1);
        cluster.Down(1);
        cluster.Down(2);
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        cluster.Up(1);
        cluster.Up(2);
        await ProduceAsync(cluster, 1000);
        (await source.TakeAsync(2 * Numbers.Length)).Should().OnlyHaveUniqueItems();
    }

    private static KafkaGroup Group => new("group") { SharesPartitions = true, SessionTimeout = TimeSpan.FromSeconds(6), CommitInterval = TimeSpan.FromMilliseconds(20) };

    private static Task ProduceAsync(MockCluster cluster, int first) => Producing.AllAsync(cluster.BootstrapServers, Numbers.Select((_, index) => (
        new TopicPartition("numbers", index % Partitions),
        new Message<byte[]?, byte[]?> { Value = System.Text.Encoding.UTF8.GetBytes($"{first + index}") })));
}
