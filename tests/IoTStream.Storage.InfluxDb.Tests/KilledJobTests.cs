using System.Globalization;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Storage.InfluxDb.Tests;

/// <summary>A real job, killed with SIGKILL at random moments, and its server too. How often is what IOTSTREAM_TEST_KILLS says, else 12 times.</summary>
public sealed class KilledJobTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "12", CultureInfo.InvariantCulture);

    [Test]
    [Platform("Linux")]
    public async Task Every_point_is_there_once()
    {
        await using InfluxDbServer server = await InfluxDbServer.StartAsync();
        await server.QueryAsync("", "CREATE DATABASE killed");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("iotstream-");
        string[] arguments = [typeof(Program).Assembly.Location, server.Address.ToString(), "killed", directory.FullName];
        var random = new Random(1);
        for (int kill = 0; kill < Kills; kill++)
        {
            await using PeerProcess job = await StartAsync(arguments);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300)), TimeProvider.System);
            (job.HasExited && !job.Output.Contains("done")).Should().BeFalse("a job is killed, and does not fail: {0}", job.Errors);
            if (kill % 3 == 2)
            {
                // The job sends again what was on the way, until it is killed as well, if not before.
                await server.KillAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100)), TimeProvider.System);
                job.HasExited.Should().Be(job.Output.Contains("done"), "{0}", job.Errors);
                if (random.Next(2) == 0)
                {
                    job.Kill();
                }

                await server.StartAgainAsync();
            }
        }

        await using (PeerProcess last = await StartAsync(arguments))
        {
            await Limits.UntilAsync(() => last.HasExited, "the job has written all");
            last.Output.Should().Contain("done", "{0}", last.Errors);
        }

        (await server.QueryAsync("killed", "SELECT number, machine FROM m"))
            .Select(static row => (Time: row[0].GetInt64(), Number: row[1].GetInt64(), Machine: row[2].GetString()))
            .Should().Equal(Enumerable.Range(0, Program.Count).Select(static number => (number * 1_000_000_000L, (long)number, (string?)$"{number % 7}")));
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
