using System.Globalization;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Storage.PostgreSql.Tests;

/// <summary>A real job that creates partitions, killed with SIGKILL at random moments. How often is what IOTSTREAM_TEST_KILLS says, else 12 times.</summary>
public sealed class KilledJobTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "12", CultureInfo.InvariantCulture);

    [Test]
    [Platform("Linux")]
    public async Task Every_number_is_in_its_partition_once([Values] bool hasKey)
    {
        await using PostgreSqlServer server = await PostgreSqlServer.StartAsync();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("iotstream-");
        string[] arguments = [typeof(Program).Assembly.Location, server.ConnectionString, "numbers", directory.FullName, hasKey ? "key" : "none"];
        var random = new Random(1);
        for (int kill = 0; kill < Kills; kill++)
        {
            await using PeerProcess job = await StartAsync(arguments);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300)), TimeProvider.System);
            (job.HasExited && !job.Output.Contains("done")).Should().BeFalse("a job is killed, and does not fail: {0}", job.Errors);
        }

        await using (PeerProcess last = await StartAsync(arguments))
        {
            await Limits.UntilAsync(() => last.HasExited, "the job has written all");
            last.Output.Should().Contain("done", "{0}", last.Errors);
        }

        (await server.QueryAsync("SELECT number, at FROM numbers ORDER BY number", static reader => (reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1))))
            .Should().Equal(Enumerable.Range(0, Program.Count).Select(static number => ((long)number, Program.TimeOf(number))));
        directory.Delete(recursive: true);
    }

    private static async Task<PeerProcess> StartAsync(string[] arguments)
    {
        PeerProcess job = PeerProcess.Start("dotnet", arguments);
        await Limits.UntilAsync(() => job.Output.Contains("running") || job.HasExited, "the job runs");
        job.Output.Should().Contain("running", "{0}", job.Errors);
        return job;
    }
}
