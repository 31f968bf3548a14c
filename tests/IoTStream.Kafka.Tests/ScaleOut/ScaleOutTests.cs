using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Plan;

namespace IoTStream.Kafka.Tests.ScaleOut;

/// <summary>What can be seen of scale-out without brokers that keep what is aborted apart: what is refused, and one process on the mock cluster.</summary>
public sealed class ScaleOutTests
{
    private static readonly KafkaCluster Nowhere = new("localhost:1") { OpenTimeout = TimeSpan.FromMilliseconds(300) };

    [Test]
    public async Task A_source_without_partitions_is_refused()
    {
        TopologyException refused = await RefusedAsync(
            static builder => builder.From("list", Source.From(new[] { "a", "b" })).To("out", KafkaSink.To<string>("out", Nowhere, Text.Codec)));
        refused.Errors.Should().ContainSingle().Which.Message.Should().Contain("'list' cannot be scaled out").And.Contain("no partitions");
    }

    [Test]
    public async Task A_source_that_ends_is_refused()
    {
        TopologyException refused = await RefusedAsync(static builder => builder
            .From("in", KafkaSource.Read("in", Nowhere, Text.Codec, new KafkaSourceOptions { End = KafkaEnd.Now }))
            .To("out", KafkaSink.To<string>("out", Nowhere, Text.Codec)));
        refused.Errors.Should().ContainSingle().Which.Message.Should().Contain("it ends");
    }

    [Test]
    public async Task A_source_that_shares_with_a_group_of_its_own_is_refused()
    {
        TopologyException refused = await RefusedAsync(static builder => builder
            .From("in", KafkaSource.Read("in", Nowhere, Text.Codec, new KafkaSourceOptions { Group = new KafkaGroup("own") { SharesPartitions = true } }))
            .To("out", KafkaSink.To<string>("out", Nowhere, Text.Codec)));
        refused.Errors.Should().ContainSingle().Which.Message.Should().Contain("group of its own");
    }

    [Test]
    public async Task A_sink_that_takes_no_part_in_transactions_is_refused_unless_twice_will_do()
    {
        static void Build(TopologyBuilder builder) => builder.From("in", KafkaSource.Read("in", Nowhere, Text.Codec)).ToConsole("console", static text => text);
        (await RefusedAsync(Build)).Errors.Should().ContainSingle().Which.Message.Should().Contain("'console'").And.Contain("at-least-once");
        var builder = new TopologyBuilder("refused");
        Build(builder);
        Func<Task> run = () => builder.Build().RunOnKafkaAsync(new KafkaScaleOutOptions(Nowhere) { Delivery = Delivery.AtLeastOnce });
        (await run.Should().ThrowAsync<Confluent.Kafka.KafkaException>("it is the cluster that is missing")).WithMessage("*could not make sure of its topics at localhost:1*");
    }

    [Test]
    public async Task An_exchange_without_a_name_is_refused()
    {
        TopologyException refused = await RefusedAsync(static builder => builder
            .From("in", KafkaSource.Read("in", Nowhere, Text.Codec))
            .KeyBy(static text => text)
            .Process("count", static () => new Counting())
            .To("out", KafkaSink.To<string>("out", Nowhere, Text.Codec)));
        refused.Errors.Should().ContainSingle().Which.Message.Should().Contain("has no name");
    }

    [Test]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        TopologyException refused = await RefusedAsync(static builder => builder
            .From("list", Source.From(new[] { "a", "b" })).KeyBy(static text => text).Process("count", static () => new Counting()).ToConsole("console", static text => text));
        refused.Errors.Should().HaveCount(3);
    }

    [Test]
    public async Task Options_that_do_not_fit_are_refused()
    {
        Topology topology = CountingTopology.Build(Nowhere, "in", "out");
        async Task<string> RefusalAsync(KafkaScaleOutOptions options) =>
            (await topology.Invoking(t => t.RunOnKafkaAsync(options)).Should().ThrowAsync<ArgumentException>()).Which.Message;
        var options = new KafkaScaleOutOptions(Nowhere);
        (await RefusalAsync(options with { Shards = 0 })).Should().Contain("Shards has to be 1 to 128");
        (await RefusalAsync(options with { ApplicationId = "a b" })).Should().Contain("ApplicationId");
        (await RefusalAsync(options with { PartitionedBy = ["by-kee"] })).Should().Contain("'by-kee', which is no KeyBy").And.Contain("by-key, by-group");
        (await RefusalAsync(options with { MaxMessageBytes = 200_000 })).Should().Contain("MaxMessageBytes").And.Contain("512 KiB");
        (await RefusalAsync(options with { SessionTimeout = TimeSpan.FromHours(2) })).Should().Contain("SessionTimeout");
        (await RefusalAsync(options with { Delivery = Delivery.AtMostOnce })).Should().Contain("Delivery");
    }

    [Test]
    public async Task One_process_does_all()
    {
        using MockCluster cluster = Cluster("all", 4);
        await Producing.AllAsync(cluster.BootstrapServers, Numbers(0, 300));
        await using (KafkaApplication application = await CountingTopology.Build(cluster.Options, "numbers", "results").RunOnKafkaAsync(Options(cluster, "all")))
        {
            await Limits.UntilAsync(() => Producing.ReadTexts(cluster.BootstrapServers, "results").Count >= 600, "all results");
            application.RunningShards.Should().Equal(0, 1, 2);
            application.LastFailure.Should().BeNull();
        }

        CountingResults.ShouldBeThoseOf(Producing.ReadTexts(cluster.BootstrapServers, "results"), 300);
    }

    [Test]
    public async Task A_process_goes_on_where_the_one_before_has_stopped()
    {
        using MockCluster cluster = Cluster("again", 4);
        for (int life = 0; life < 3; life++)
        {
            await Producing.AllAsync(cluster.BootstrapServers, Numbers(life * 100, 100));
            await using KafkaApplication application = await CountingTopology.Build(cluster.Options, "numbers", "results").RunOnKafkaAsync(Options(cluster, "again"));
            await Limits.UntilAsync(() => Producing.ReadTexts(cluster.BootstrapServers, "results").Count >= (life + 1) * 200, "all results");
            await application.StopAsync();
        }

        CountingResults.ShouldBeThoseOf(Producing.ReadTexts(cluster.BootstrapServers, "results"), 300);
    }

    [Test]
    public async Task A_table_is_scanned_where_a_shard_has_nothing_to_read()
    {
        using MockCluster cluster = new MockCluster(brokers: 1).Topic("numbers", 1).Topic("scanned-iotstream-owners", 1).Topic("scanned-iotstream-shards", 2).Topic("scanned-iotstream-changelog", 2);
        await Producing.TextsAsync(cluster.BootstrapServers, "numbers", 0, "1", "2", "3");
        var builder = new TopologyBuilder("scanned");
        KeyedTable<string, string> table = builder.From("numbers", KafkaSource.Read("numbers", cluster.Options, Text.Codec)).KeyBy(static text => text, name: "by-text").ToTable("last");
        await using KafkaApplication application = await builder.Build().RunOnKafkaAsync(Options(cluster, "scanned") with { Shards = 2, PartitionedBy = ["by-text"] });
        await Limits.UntilAsync(() => application.RunningShards.Count == 2, "both shards");
        for (int time = 0; time < 20; time++)
        {
            // The job of the other shard comes to its end at some time.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            await Limits.UntilAsync(() => application.ScanAsync(table).AsTask().GetAwaiter().GetResult().Count == 3, "all entries");
        }
    }

    [Test]
    public async Task Topics_with_another_number_of_shards_are_refused()
    {
        using MockCluster cluster = Cluster("other", 4);
        Func<Task> run = () => CountingTopology.Build(cluster.Options, "numbers", "results").RunOnKafkaAsync(Options(cluster, "other") with { Shards = 4 });
        (await run.Should().ThrowAsync<Confluent.Kafka.KafkaException>()).WithMessage("*has 3 partitions, not 4*");
    }

    private sealed class Counting : Operators.KeyedProcess<string, string, string>
    {
        public override void OnRecord(string record, Operators.KeyedProcessContext<string, string> context) => context.Emit(record);
    }

    private static async Task<TopologyException> RefusedAsync(Action<TopologyBuilder> build)
    {
        var builder = new TopologyBuilder("refused");
        build(builder);
        Topology topology = builder.Build();
        return (await topology.Invoking(static t => t.RunOnKafkaAsync(new KafkaScaleOutOptions(Nowhere))).Should().ThrowAsync<TopologyException>()).Which;
    }

    private static KafkaScaleOutOptions Options(MockCluster cluster, string application) => new(cluster.Options)
    {
        ApplicationId = application,
        Shards = 3,

        // The mock cluster waits so long for members that have left.
        SessionTimeout = TimeSpan.FromSeconds(1),
        EpochInterval = TimeSpan.FromMilliseconds(50),
    };

    /// <summary>The mock cluster creates no topics on request.</summary>
    private static MockCluster Cluster(string application, int partitions)
    {
        MockCluster cluster = new MockCluster(brokers: 1).Topic("numbers", partitions).Topic("results", 2).Topic($"{application}-iotstream-owners", 1);
        foreach (string topic in new[] { "shards", "changelog", "by-key-repartition", "by-group-repartition" })
        {
            cluster.Topic($"{application}-iotstream-{topic}", 3);
        }

        return cluster;
    }

    private static IEnumerable<(Confluent.Kafka.TopicPartition To, Confluent.Kafka.Message<byte[]?, byte[]?> Message)> Numbers(int first, int count) => Enumerable.Range(first, count)
        .Select(static number => (new Confluent.Kafka.TopicPartition("numbers", number % 4), new Confluent.Kafka.Message<byte[]?, byte[]?> { Value = System.Text.Encoding.UTF8.GetBytes($"{number}") }));
}
