using System.Globalization;
using Confluent.Kafka;
using IoTStream.Kafka.Tests.Peers;

namespace IoTStream.Kafka.Tests.Real;

/// <summary>A job from topic to topic, killed with SIGKILL at random moments. How often is what IOTSTREAM_TEST_KILLS says, else 50 times.</summary>
public sealed class KilledJobTests
{
    private const int NumbersAKill = 200;

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "50", CultureInfo.InvariantCulture);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Test]
    public async Task Every_message_has_its_effect_once()
    {
        RealCluster.Require();
        string input = await RealCluster.CreateTopicAsync(4);
        string output = await RealCluster.CreateTopicAsync(3);
        string directory = Directory.CreateTempSubdirectory("iotstream-killed-").FullName;
        try
        {
            int numbers = Kills * NumbersAKill;
            Task producing = ProduceAsync(input, numbers);
            var random = new Random(1);
            for (int kill = 0; kill < Kills; kill++)
            {
                await using PeerProcess job = await StartAsync(input, output, directory);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500)), TimeProvider.System);
                job.HasExited.Should().BeFalse("a job is killed, and does not fail: {0}", job.Errors);
                job.Kill();
            }

            await producing;
            await using (PeerProcess last = await StartAsync(input, output, directory))
            {
                long start = TimeProvider.System.GetTimestamp();
                while (Producing.ReadTexts(RealCluster.Servers!, output).Count < numbers && TimeProvider.System.GetElapsedTime(start) < Patience)
                {
                    last.HasExited.Should().BeFalse("{0}", last.Errors);
                    await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
                }
            }

            // Each number once, and each key counted without a gap: state, input and output belong to the same epochs.
            IReadOnlyList<string[]> results = [.. Producing.ReadTexts(RealCluster.Servers!, output).Select(static text => text.Split(','))];
            results.Select(static result => int.Parse(result[0], CultureInfo.InvariantCulture)).Order().Should().Equal(Enumerable.Range(0, numbers));
            foreach (IGrouping<int, string[]> key in results.GroupBy(static result => int.Parse(result[0], CultureInfo.InvariantCulture) % KilledJob.Keys))
            {
                key.Select(static result => int.Parse(result[1], CultureInfo.InvariantCulture)).Order().Should().Equal(Enumerable.Range(1, key.Count()));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<PeerProcess> StartAsync(string input, string output, string directory)
    {
        PeerProcess job = PeerProcess.Start("dotnet", [typeof(KilledJob).Assembly.Location, "job", RealCluster.Servers!, input, output, directory]);
        long start = TimeProvider.System.GetTimestamp();
        while (!job.Output.Contains("running") && !job.HasExited && TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        job.Output.Should().Contain("running", "the job starts: {0}", job.Errors);
        job.HasExited.Should().BeFalse("{0}", job.Errors);
        return job;
    }

    private static async Task ProduceAsync(string topic, int numbers)
    {
        using IProducer<byte[]?, byte[]?> producer = Producing.Create(RealCluster.Servers!);
        for (int number = 0; number < numbers; number++)
        {
            producer.Produce(new TopicPartition(topic, number % 4), new Message<byte[]?, byte[]?> { Value = System.Text.Encoding.UTF8.GetBytes($"{number}") });
            if (number % 100 == 99)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }

        producer.Flush(Limits.Wait).Should().Be(0);
    }
}
