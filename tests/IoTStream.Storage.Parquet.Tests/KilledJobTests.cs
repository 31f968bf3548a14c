using System.Globalization;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Storage.Parquet.Tests;

/// <summary>A real job, killed with SIGKILL at random moments. How often is what IOTSTREAM_TEST_KILLS says, else 20 times.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class KilledJobTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "20", CultureInfo.InvariantCulture);

    [Test]
    [Platform("Linux")]
    public async Task Every_number_is_in_the_lake_once([Values] bool compacted)
    {
        using var lake = new Lake();
        var random = new Random(1);
        for (int kill = 0; kill < Kills; kill++)
        {
            await using PeerProcess job = await StartAsync(lake);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300)), TimeProvider.System);
            if (compacted && kill % 2 == 0)
            {
                await ParquetLake.CompactAsync(Path.Combine(lake.Path, "lake"), "numbers");
            }

            (job.HasExited && !job.Output.Contains("done")).Should().BeFalse("a job is killed, and does not fail: {0}", job.Errors);
        }

        await using (PeerProcess last = await StartAsync(lake))
        {
            await Limits.UntilAsync(() => last.HasExited, "the job has written all");
            last.Output.Should().Contain("done", "{0}", last.Errors);
        }

        lake.Query($"SELECT number FROM {lake.Table("lake/numbers")} ORDER BY number", static reader => reader.GetInt64(0))
            .Should().Equal(Enumerable.Range(0, Program.Count).Select(static number => (long)number));
        lake.Query($"SELECT count(*) FROM {lake.Table("lake/numbers")} WHERE date <> (DATE '2026-01-01' + CAST(number % 3 AS INTEGER)) OR rest <> number % 4", static reader => reader.GetInt64(0))
            .Should().Equal(0L);
        lake.Unfinished.Should().BeEmpty("what was not committed is removed");
    }

    private static async Task<PeerProcess> StartAsync(Lake lake)
    {
        PeerProcess job = PeerProcess.Start("dotnet", [typeof(Program).Assembly.Location, lake.Path]);
        await Limits.UntilAsync(() => job.Output.Contains("running") || job.HasExited, "the job runs");
        job.Output.Should().Contain("running", "{0}", job.Errors);
        return job;
    }
}
