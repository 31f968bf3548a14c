using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Kafka.Tests.ScaleOut;

/// <summary>A topology scaled out over processes, on a real cluster.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ScaledJobTests
{
    private const int NumbersAKill = 200;
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "50", CultureInfo.InvariantCulture);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [OneTimeSetUp]
    public void Require() => RealCluster.Require();

    [Test]
    public async Task One_process_does_all()
    {
        string input = await RealCluster.CreateTopicAsync(4);
        string output = await RealCluster.CreateTopicAsync(3);
        await ProduceAsync(input, 0, 1000);
        await using (KafkaApplication application = await CountingTopology.Build(RealCluster.Options, input, output)
            .RunOnKafkaAsync(new KafkaScaleOutOptions(RealCluster.Options) { ApplicationId = output, Shards = 3, EpochInterval = TimeSpan.FromMilliseconds(50) }))
        {
            await AwaitAsync(output, 1000, () => application.Completion.IsCompleted.Should().BeFalse());
            application.RunningShards.Should().Equal(0, 1, 2);
            await Limits.UntilAsync(() => Committed(output, input) == 1000, "offsets are committed to the group, for tools to see");
        }

        CountingResults.ShouldBeThoseOf(Producing.ReadTexts(RealCluster.Servers!, output), 1000);
    }

    [Test]
    public async Task An_application_goes_on_where_it_was_stopped()
    {
        string input = await RealCluster.CreateTopicAsync(4);
        string output = await RealCluster.CreateTopicAsync(3);
        for (int life = 0; life < 3; life++)
        {
            await ProduceAsync(input, life * 100, 100);
            await using KafkaApplication application = await CountingTopology.Build(RealCluster.Options, input, output)
                .RunOnKafkaAsync(new KafkaScaleOutOptions(RealCluster.Options) { ApplicationId = output, Shards = 3, EpochInterval = TimeSpan.FromMilliseconds(50) });
            await Limits.UntilAsync(() => Producing.ReadTexts(RealCluster.Servers!, output).Count >= (life + 1) * 200, "all results");
            await application.StopAsync();
        }

        CountingResults.ShouldBeThoseOf(Producing.ReadTexts(RealCluster.Servers!, output), 300);
    }

    [Test]
    public async Task A_shard_that_had_nothing_to_read_reads_partitions_that_come_later()
    {
        string input = await RealCluster.CreateTopicAsync(1);
        string output = await RealCluster.CreateTopicAsync(1);
        var builder = new TopologyBuilder("growing");
        builder.From("in", KafkaSource.Read(input, RealCluster.Options, Text.Codec, new KafkaSourceOptions { DiscoveryInterval = TimeSpan.FromMilliseconds(200) }))
            .KeyBy(static text => text, name: "by-text").Process("each", static () => new Each())
            .To("out", KafkaSink.To<string>(output, RealCluster.Options, Text.Codec));
        await using KafkaApplication application = await builder.Build(Delivery.ExactlyOnce)
            .RunOnKafkaAsync(new KafkaScaleOutOptions(RealCluster.Options) { ApplicationId = output, Shards = 2, EpochInterval = TimeSpan.FromMilliseconds(50) });
        await Producing.TextsAsync(RealCluster.Servers!, input, 0, "a");
        await Limits.UntilAsync(() => Producing.ReadTexts(RealCluster.Servers!, output).Count == 1, "what is in the first partition");
        using (IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = RealCluster.Servers }).SetLogHandler(static (_, _) => { }).Build())
        {
            await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = input, IncreaseTo = 2 }]);
        }

        await Producing.TextsAsync(RealCluster.Servers!, input, 1, "b", "c");
        await Limits.UntilAsync(() => Producing.ReadTexts(RealCluster.Servers!, output).Count >= 3, "what is in the second one");
        Producing.ReadTexts(RealCluster.Servers!, output).Should().BeEquivalentTo("a", "b", "c");
        application.LastFailure.Should().BeNull();
    }

    [Test]
    public async Task Each_key_is_found_at_its_owner()
    {
        string input = await RealCluster.CreateTopicAsync(4);
        string id = $"twins-{Guid.NewGuid():N}";
        var builder = new TopologyBuilder("twins");
        KeyedTable<string, string> table = builder.From("in", KafkaSource.Read(input, RealCluster.Options, Text.Codec)).KeyBy(static text => text, name: "by-text").ToTable("twins");
        Topology topology = builder.Build();
        var options = new KafkaScaleOutOptions(RealCluster.Options) { ApplicationId = id, Shards = 4, EpochInterval = TimeSpan.FromMilliseconds(50) };
        await ProduceAsync(input, 0, 20);
        await using KafkaApplication one = await topology.RunOnKafkaAsync(options with { Address = "one" });
        await using KafkaApplication two = await topology.RunOnKafkaAsync(options with { Address = "two" });
        await Limits.UntilAsync(() => one.RunningShards.Count == 2 && two.RunningShards.Count == 2, "each has two shards");
        for (int number = 0; number < 20; number++)
        {
            string key = $"{number}";
            KafkaApplication owner = one.OwnerOf(table, key).IsHere ? one : two;
            KafkaApplication other = owner == one ? two : one;
            await Limits.UntilAsync(() => other.OwnerOf(table, key).Address == (owner == one ? "one" : "two"), $"the owner of {key} is known");
            await Limits.UntilAsync(() => owner.GetAsync(table, key).AsTask().GetAwaiter().GetResult() is not null, $"{key} is in the table");
            (await other.Invoking(application => application.GetAsync(table, key).AsTask()).Should().ThrowAsync<KeyElsewhereException>()).Which.Owner.Address.Should().Be(owner == one ? "one" : "two");
        }

        ((await one.ScanAsync(table)).Count + (await two.ScanAsync(table)).Count).Should().Be(20);
    }

    [Test]
    public async Task A_reset_application_begins_anew()
    {
        string input = await RealCluster.CreateTopicAsync(4);
        string output = await RealCluster.CreateTopicAsync(3);
        await ProduceAsync(input, 0, 100);
        var options = new KafkaScaleOutOptions(RealCluster.Options) { ApplicationId = output, Shards = 3, EpochInterval = TimeSpan.FromMilliseconds(50) };
        await using (KafkaApplication application = await CountingTopology.Build(RealCluster.Options, input, output).RunOnKafkaAsync(options))
        {
            await AwaitAsync(output, 100, static () => { });
            Func<Task> reset = () => KafkaScaleOut.ResetAsync(RealCluster.Options, output);
            await reset.Should().ThrowAsync<KafkaException>("it runs");
        }

        (await KafkaScaleOut.ResetAsync(RealCluster.Options, output)).Should().HaveCount(5);
        await using (await CountingTopology.Build(RealCluster.Options, input, output).RunOnKafkaAsync(options with { Shards = 2 }))
        {
            await AwaitAsync(output, 200, static () => { });
        }

        string[] counts = [.. Producing.ReadTexts(RealCluster.Servers!, output).Where(static text => text.StartsWith("count,", StringComparison.Ordinal))];
        counts.Should().HaveCount(200);
        counts.Count(static text => text.EndsWith(",1", StringComparison.Ordinal)).Should().Be(2 * CountingTopology.Keys, "each key was counted from the beginning twice");
    }

    [Test]
    public async Task A_changelog_that_would_forget_is_refused()
    {
        string application = $"iotstream-test-{Guid.NewGuid():N}";
        await CreateAsync(new TopicSpecification { Name = $"{application}-iotstream-changelog", NumPartitions = 2, ReplicationFactor = -1, Configs = new() { ["cleanup.policy"] = "compact,delete" } });
        Func<Task> run = () => CountingTopology.Build(RealCluster.Options, "in", "out").RunOnKafkaAsync(new KafkaScaleOutOptions(RealCluster.Options) { ApplicationId = application, Shards = 2 });
        (await run.Should().ThrowAsync<KafkaException>()).WithMessage("*-changelog'*cleanup.policy=compact,delete*Set it to compact*");
    }

    [Test]
    public async Task A_topic_that_would_forget_what_is_on_its_way_is_refused([Values("retention.ms", "cleanup.policy")] string setting)
    {
        string application = $"iotstream-test-{Guid.NewGuid():N}";
        await CreateAsync(new TopicSpecification
        {
            Name = $"{application}-iotstream-by-key-repartition",
            NumPartitions = 2,
            ReplicationFactor = -1,
            Configs = setting == "retention.ms" ? new() { ["retention.ms"] = "604800000" } : new() { ["retention.ms"] = "-1", ["cleanup.policy"] = "compact" },
        });
        Func<Task> run = () => CountingTopology.Build(RealCluster.Options, "in", "out").RunOnKafkaAsync(new KafkaScaleOutOptions(RealCluster.Options) { ApplicationId = application, Shards = 2 });
        (await run.Should().ThrowAsync<KafkaException>()).WithMessage($"*-by-key-repartition'*{setting}=*");
    }

    [Test]
    public async Task What_shards_have_sent_and_is_gone_is_missed()
    {
        string input = await RealCluster.CreateTopicAsync(4);
        string output = await RealCluster.CreateTopicAsync(3);
        KafkaScaleOutOptions options = new(RealCluster.Options) { ApplicationId = output, Shards = 2, EpochInterval = TimeSpan.FromMilliseconds(50), Restart = new RestartPolicy { MaxRestarts = 1 } };
        await using (await CountingTopology.Build(RealCluster.Options, input, output).RunOnKafkaAsync(options))
        {
            // Each of these is on its way in an epoch of its own, so that the offsets are none that a new topic has.
            for (int round = 0; round < 10; round++)
            {
                await ProduceAsync(input, round * 10, 10);
                await AwaitAsync(output, (round + 1) * 10, static () => { });
            }
        }

        using (IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = RealCluster.Servers }).SetLogHandler(static (_, _) => { }).Build())
        {
            await admin.DeleteTopicsAsync([$"{output}-iotstream-by-key-repartition"]);
        }

        await using KafkaApplication application = await CountingTopology.Build(RealCluster.Options, input, output).RunOnKafkaAsync(options);
        Func<Task> run = () => application.Completion.WaitAsync(Patience);
        (await run.Should().ThrowAsync<JobFailedException>()).WithInnerException<KafkaException>().WithMessage("*not there any more*by-key-repartition*reset the application*");
    }

    [Test]
    public async Task State_of_a_step_that_is_gone_is_given_up_on_request()
    {
        string input = await RealCluster.CreateTopicAsync(4);
        string output = await RealCluster.CreateTopicAsync(3);
        KafkaScaleOutOptions options = new(RealCluster.Options) { ApplicationId = output, Shards = 2, EpochInterval = TimeSpan.FromMilliseconds(50), Restart = new RestartPolicy { MaxRestarts = 1 } };
        await ProduceAsync(input, 0, 100);
        await using (await CountingTopology.Build(RealCluster.Options, input, output).RunOnKafkaAsync(options))
        {
            await AwaitAsync(output, 100, static () => { });
        }

        Topology renamed = CountingTopology.Build(RealCluster.Options, input, output, counts: "renamed");
        await using (KafkaApplication refused = await renamed.RunOnKafkaAsync(options))
        {
            Func<Task> run = () => refused.Completion.WaitAsync(Patience);
            (await run.Should().ThrowAsync<StateMismatchException>()).WithMessage("*\"counts\"*");
        }

        for (int life = 1; life <= 2; life++)
        {
            await ProduceAsync(input, life * 100, 100);
            await using KafkaApplication application = await renamed.RunOnKafkaAsync(options with { DropState = ["counts"] });
            await AwaitAsync(output, (life + 1) * 100, static () => { });
        }

        string[][] results = [.. Producing.ReadTexts(RealCluster.Servers!, output).Select(static text => text.Split(','))];
        results.Count(static result => result[0] == "count" && result[2] == "1").Should().Be(2 * CountingTopology.Keys, "the renamed step began to count anew once");
        results.Count(static result => result[0] == "group" && result[2] == "1").Should().Be(CountingTopology.Groups, "the other step goes on");
    }

    [Test]
    public async Task Processes_are_killed_and_others_go_on()
    {
        string input = await RealCluster.CreateTopicAsync(4);
        string output = await RealCluster.CreateTopicAsync(3);
        int numbers = Kills * NumbersAKill;
        var random = new Random(1);
        List<PeerProcess> processes = [.. Enumerable.Range(0, 3).Select(number => Start(input, output, $"{number}"))];
        try
        {
            for (int kill = 0; kill < Kills; kill++)
            {
                await ProduceAsync(input, kill * NumbersAKill, NumbersAKill);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(3000)), TimeProvider.System);
                int victim = random.Next(processes.Count);
                processes[victim].HasExited.Should().BeFalse("a process is killed, and does not fail: {0}", processes[victim].Errors);
                processes[victim].Kill();
                await processes[victim].DisposeAsync();
                processes[victim] = Start(input, output, $"{victim}");
            }

            await AwaitAsync(output, numbers, () => processes.Should().OnlyContain(static process => !process.HasExited));
            CountingResults.ShouldBeThoseOf(Producing.ReadTexts(RealCluster.Servers!, output), numbers);
        }
        finally
        {
            foreach (PeerProcess process in processes)
            {
                await process.DisposeAsync();
            }
        }
    }

    [Test]
    public async Task A_process_that_was_thought_dead_adds_nothing()
    {
        string input = await RealCluster.CreateTopicAsync(4);
        string output = await RealCluster.CreateTopicAsync(3);
        await using PeerProcess one = Start(input, output);
        await using PeerProcess other = Start(input, output);
        await Limits.UntilAsync(() => LastShards(one).Length == 3 && LastShards(other).Length == 3, "each process has three shards");
        await ProduceAsync(input, 0, 2000);
        await SignalAsync("STOP", one);
        await ProduceAsync(input, 2000, 2000);
        await AwaitAsync(output, 4000, () => other.HasExited.Should().BeFalse("{0}", other.Errors));
        await SignalAsync("CONT", one);
        await ProduceAsync(input, 4000, 2000);
        await AwaitAsync(output, 6000, () => (one.HasExited || other.HasExited).Should().BeFalse("{0} {1}", one.Errors, other.Errors));
        CountingResults.ShouldBeThoseOf(Producing.ReadTexts(RealCluster.Servers!, output), 6000);
        await Limits.UntilAsync(() => LastShards(one).Length == 3 && LastShards(other).Length == 3, "each process has three shards again");
    }

    [Test]
    public async Task Processes_join_and_leave()
    {
        string input = await RealCluster.CreateTopicAsync(4);
        string output = await RealCluster.CreateTopicAsync(3);
        List<PeerProcess> processes = [Start(input, output)];
        try
        {
            await ProduceAsync(input, 0, 500);
            await AwaitAsync(output, 500, () => processes[0].HasExited.Should().BeFalse("{0}", processes[0].Errors));
            processes.Add(Start(input, output));
            processes.Add(Start(input, output));
            Task producing = ProduceAsync(input, 500, 5000);
            await Limits.UntilAsync(() => processes.TrueForAll(static process => LastShards(process).Length == 2), "each process has two shards");
            await producing;
            (await processes[0].ExitAsync()).Should().Be(0, "it leaves in good order: {0}", processes[0].Errors);
            await ProduceAsync(input, 5500, 500);
            await Limits.UntilAsync(() => processes.Skip(1).Sum(static process => LastShards(process).Length) == ScaledProcess.Shards, "the others have all shards");
            await AwaitAsync(output, 6000, () => processes.Skip(1).Should().OnlyContain(static process => !process.HasExited));
            CountingResults.ShouldBeThoseOf(Producing.ReadTexts(RealCluster.Servers!, output), 6000);
        }
        finally
        {
            foreach (PeerProcess process in processes)
            {
                await process.DisposeAsync();
            }
        }
    }

    private sealed class Each : KeyedProcess<string, string, string>
    {
        public override void OnRecord(string record, KeyedProcessContext<string, string> context) => context.Emit(record);
    }

    private static async Task CreateAsync(TopicSpecification topic)
    {
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = RealCluster.Servers }).SetLogHandler(static (_, _) => { }).Build();
        await admin.CreateTopicsAsync([topic]);
    }

    private static async Task SignalAsync(string signal, PeerProcess process)
    {
        await using PeerProcess kill = PeerProcess.Start("kill", [$"-{signal}", $"{process.Id}"]);
        (await kill.ExitAsync()).Should().Be(0);
    }

    /// <summary>The sum of the offsets that a group has committed in a topic of four partitions.</summary>
    private static long Committed(string group, string topic)
    {
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig { BootstrapServers = RealCluster.Servers, GroupId = group })
            .SetKeyDeserializer(Deserializers.ByteArray!).SetValueDeserializer(Deserializers.ByteArray!).SetLogHandler(static (_, _) => { }).Build();
        return consumer.Committed(Enumerable.Range(0, 4).Select(partition => new TopicPartition(topic, partition)), Limits.Wait).Sum(static offset => Math.Max(0, offset.Offset.Value));
    }

    private static string[] LastShards(PeerProcess process) =>
        process.Output.LastOrDefault(static line => line.StartsWith("shards ", StringComparison.Ordinal))?["shards ".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static PeerProcess Start(string input, string output, string instance = "") =>
        PeerProcess.Start("dotnet", [typeof(ScaledProcess).Assembly.Location, "scaled", RealCluster.Servers!, input, output, instance]);

    private static async Task ProduceAsync(string topic, int first, int count)
    {
        await Producing.AllAsync(RealCluster.Servers!, Enumerable.Range(first, count).Select(number =>
            (new TopicPartition(topic, number % 4), new Message<byte[]?, byte[]?> { Value = System.Text.Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)) })));
    }

    private static async Task AwaitAsync(string output, int numbers, Action check)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (Producing.ReadTexts(RealCluster.Servers!, output).Count < 2 * numbers && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            check();
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }
}
