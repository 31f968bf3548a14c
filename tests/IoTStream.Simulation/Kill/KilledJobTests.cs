using System.Globalization;
using IoTStream.Mqtt;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Storage.PostgreSql.Tests;

namespace IoTStream.Simulation.Kill;

/// <summary>
/// A real job between real servers: Mosquitto with a persistent session and QoS 1 or 2 in, PostgreSQL and files out, killed with SIGKILL at random moments. How often is what
/// IOTSTREAM_TEST_KILLS says, else 20 times.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class KilledJobTests
{
    private const int NumbersAKill = 400;

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "20", CultureInfo.InvariantCulture);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Test]
    public async Task Every_message_is_in_the_database_and_in_the_files_once([Values(MqttQualityOfService.AtLeastOnce, MqttQualityOfService.ExactlyOnce)] MqttQualityOfService qos)
    {
        await using PostgreSqlServer database = await PostgreSqlServer.StartAsync();
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("max_queued_messages 0", "max_inflight_messages 200");
        await database.ExecuteAsync("CREATE TABLE received (number bigint, count int)");
        string directory = Directory.CreateTempSubdirectory("iotstream-killed-").FullName;
        try
        {
            // The server is to have the session before anything is published.
            await (await StartAsync(broker, qos, database, directory)).DisposeAsync();
            int numbers = Kills * NumbersAKill;
            Task publishing = PublishAsync(broker.Port, qos, numbers);
            var random = new Random(1);
            for (int kill = 0; kill < Kills; kill++)
            {
                await using PeerProcess job = await StartAsync(broker, qos, database, directory);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(400)), TimeProvider.System);
                job.HasExited.Should().BeFalse("a job is killed, and does not fail: {0}", job.Errors);
            }

            await publishing;
            await using (PeerProcess last = await StartAsync(broker, qos, database, directory))
            {
                await UntilAsync(async () => await CountAsync(database) >= numbers || last.HasExited, "all numbers are received");
                last.HasExited.Should().BeFalse("{0}", last.Errors);
            }

            string[] expected = [.. Enumerable.Range(0, numbers)
                .GroupBy(number => number % KilledJob.Keys)
                .SelectMany(same => same.Select((number, index) => $"[{number},{index + 1}]"))
                .Order(StringComparer.Ordinal)];
            (await database.QueryAsync("SELECT number, count FROM received", row => $"[{row.GetInt64(0)},{row.GetInt32(1)}]"))
                .Order(StringComparer.Ordinal).Should().Equal(expected, "each is in the database once, and was counted once");

            // The last epoch may have been applied to the database and not yet to the files when the job was killed.
            await using (PeerProcess again = await StartAsync(broker, qos, database, directory))
            {
                string[] lines = [];
                await UntilAsync(() => Task.FromResult((lines = Lines(directory)).Length >= numbers), "the files have all");
                lines.Order(StringComparer.Ordinal).Should().Equal(expected, "each is in the files once");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<PeerProcess> StartAsync(MosquittoBroker broker, MqttQualityOfService qos, PostgreSqlServer database, string directory)
    {
        PeerProcess job = PeerProcess.Start(
            "dotnet", [typeof(KilledJob).Assembly.Location, "run-job", broker.Port.ToString(CultureInfo.InvariantCulture), qos.ToString(), database.ConnectionString, directory]);
        await UntilAsync(() => Task.FromResult(job.Output.Contains("running") || job.HasExited), "the job runs");
        job.HasExited.Should().BeFalse("{0}", job.Errors);
        return job;
    }

    private static async Task PublishAsync(int port, MqttQualityOfService qos, int numbers)
    {
        await using var client = new MqttClient(new MqttClientOptions { Host = "127.0.0.1", Port = port });
        await client.ConnectAsync();
        for (int number = 0; number < numbers; number++)
        {
            await client.PublishAsync(KilledJob.Topic, System.Text.Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)), qos);
            if (number % 20 == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    private static async Task<long> CountAsync(PostgreSqlServer database) =>
        (await database.QueryAsync("SELECT count(*) FROM received", static row => row.GetInt64(0)))[0];

    private static string[] Lines(string directory) =>
        [.. Directory.GetFiles(Path.Combine(directory, "files"), "*.jsonl").SelectMany(File.ReadAllLines)];

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            limit.IsCancellationRequested.Should().BeFalse("within {0} {1}", Patience, what);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
