using System.Globalization;
using IoTStream.Amqp.Tests.Peers;

namespace IoTStream.Amqp.Tests.Killed;

/// <summary>A job from queue to queue, killed with SIGKILL at random moments. How often is what IOTSTREAM_TEST_KILLS says, else 20 times.</summary>
public sealed class KilledJobTests
{
    private const int NumbersAKill = 200;

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "20", CultureInfo.InvariantCulture);

    [Test]
    public async Task Every_message_has_its_effect_once()
    {
        RabbitMqServer server = await SharedServer.GetAsync();
        await using PlainClient publisher = await PlainClient.ConnectAsync(server.Port);
        await using PlainClient reader = await PlainClient.ConnectAsync(server.Port);
        string input = await publisher.QuorumQueueAsync();
        string output = await publisher.QueueAsync();
        string directory = Directory.CreateTempSubdirectory("iotstream-killed-amqp-").FullName;
        try
        {
            var random = new Random(1);
            int published = 0;
            for (int kill = 0; kill < Kills; kill++)
            {
                await using PeerProcess job = await StartAsync(server, input, output, directory);
                Task publishing = publisher.PublishAsync(input, Enumerable.Range(published, NumbersAKill).Select(static number => $"{number}"), static text => $"number-{text}");
                published += NumbersAKill;
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(150)), TimeProvider.System);
                job.HasExited.Should().BeFalse("a job is killed, and does not fail: {0}", job.Errors);
                job.Kill();
                await publishing;
            }

            await using PeerProcess last = await StartAsync(server, input, output, directory);
            await Outcome.CheckAsync(published, reader, output, directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<PeerProcess> StartAsync(RabbitMqServer server, string input, string output, string directory)
    {
        PeerProcess job = PeerProcess.Start("dotnet", [typeof(KilledJob).Assembly.Location, $"{server.Port}", input, output, directory]);
        await Limits.UntilAsync(() => job.Output.Contains("running") || job.HasExited, "the job runs");
        job.HasExited.Should().BeFalse("{0}", job.Errors);
        return job;
    }
}
