using Confluent.Kafka;
using IoTStream.Connectors;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Testing;

namespace IoTStream.Kafka.Tests.Real;

/// <summary>Transactions against a real cluster.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ExactlyOnceTests
{
    [OneTimeSetUp]
    public void Require() => RealCluster.Require();

    [Test]
    public async Task The_sink_keeps_to_the_contract_of_exactly_once_sinks()
    {
        string topic = await RealCluster.CreateTopicAsync(3);
        ISink<string> sink = KafkaSink.To<string>(topic, RealCluster.Options, Text.Codec, options: new KafkaSinkOptions { EpochTopic = $"{topic}-epochs" });
        await OutboxSinkConformance.CheckAsync(
            (IOutboxSink<string>)sink, static number => $"{number}", _ => Task.Run(() => Producing.ReadTexts(RealCluster.Servers!, topic)), runs: 3);
    }

    [Test]
    public async Task The_source_keeps_to_the_contract_of_sources_that_can_be_read_again_with_transactions_in_the_topic()
    {
        string topic = await RealCluster.CreateTopicAsync(3);
        using IProducer<byte[]?, byte[]?> producer = Producing.Create(RealCluster.Servers!, transactionalId: topic);
        producer.InitTransactions(Limits.Wait);
        for (int transaction = 0; transaction < 30; transaction++)
        {
            producer.BeginTransaction();
            for (int number = 0; number < 20; number++)
            {
                producer.Produce(new TopicPartition(topic, number % 3), new Message<byte[]?, byte[]?> { Value = System.Text.Encoding.UTF8.GetBytes($"{(transaction % 3 == 2 ? "aborted" : "")} {transaction}/{number}") });
            }

            if (transaction % 3 == 2)
            {
                producer.Flush(Limits.Wait);
                producer.AbortTransaction(Limits.Wait);
            }
            else
            {
                producer.CommitTransaction(Limits.Wait);
            }
        }

        ISource<string> source = KafkaSource.Read(topic, RealCluster.Options, Text.Codec, new KafkaSourceOptions { End = KafkaEnd.Now });
        await PositionedSourceConformance.CheckAsync(source, runs: 5);
        await using RunningSource<string> running = await RunningSource<string>.StartAsync(source);
        await running.EndAsync();
        running.Values.Should().HaveCount(400).And.NotContain(static text => text.StartsWith("aborted", StringComparison.Ordinal));
        await using RunningSource<string> all = await RunningSource<string>.StartAsync(
            KafkaSource.Read(topic, RealCluster.Options, Text.Codec, new KafkaSourceOptions { End = KafkaEnd.Now, ReadsUncommitted = true }));
        await all.EndAsync();
        all.Values.Should().HaveCount(600);
    }

    [Test]
    public async Task A_writer_that_comes_back_after_another_has_taken_its_place_is_refused()
    {
        string topic = await RealCluster.CreateTopicAsync(1);
        var sink = (IOutboxSink<string>)KafkaSink.To<string>(topic, RealCluster.Options, Text.Codec);
        var job = new WrittenEpochs(sink);
        await using IOutboxWriter<string> zombie = await job.OpenAsync();
        await job.ApplyAsync(zombie, 1, "a");
        await using IOutboxWriter<string> heir = await job.OpenAsync();
        (await heir.GetLastEpochAsync(CancellationToken.None)).Should().Be(1);

        Func<Task> apply = () => job.ApplyAsync(zombie, 2, "from the zombie");
        (await apply.Should().ThrowAsync<KafkaException>()).WithMessage("*another writer has taken its place*");
        await job.ApplyAsync(heir, 2, "b");
        await job.ApplyAsync(heir, 2, "again");
        Producing.ReadTexts(RealCluster.Servers!, topic).Should().Equal("a", "b");
        Producing.ReadTexts(RealCluster.Servers!, topic, uncommitted: true).Should().Equal("a", "b");
    }

    [Test]
    public async Task A_number_is_found_behind_those_of_many_others()
    {
        string topic = await RealCluster.CreateTopicAsync(1);
        string epochs = await RealCluster.CreateTopicAsync(1, isCompacted: true);
        var sink = (IOutboxSink<string>)KafkaSink.To<string>(topic, RealCluster.Options, Text.Codec, options: new KafkaSinkOptions { EpochTopic = epochs });
        var job = new WrittenEpochs(sink);
        await using (IOutboxWriter<string> first = await job.OpenAsync())
        {
            await job.ApplyAsync(first, 7, "a");
        }

        await Producing.TextsAsync(RealCluster.Servers!, epochs, 0, Enumerable.Range(0, 5000).Select(static number => $"{number}"));
        await using IOutboxWriter<string> second = await job.OpenAsync();
        (await second.GetLastEpochAsync(CancellationToken.None)).Should().Be(7);
    }
}
