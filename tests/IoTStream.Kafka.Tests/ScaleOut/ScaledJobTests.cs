using System.Globalization;
using Confluent.Kafka;
using IoTStream.Kafka.Tests.Peers;

namespace IoTStream.Kafka.Tests.ScaleOut;

/// <summary>A topology scaled out over processes, on a real cluster.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ScaledJobTests
{
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
        }

        CountingResults.ShouldBeThoseOf(Producing.ReadTexts(RealCluster.Servers!, output), 1000);
    }

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
