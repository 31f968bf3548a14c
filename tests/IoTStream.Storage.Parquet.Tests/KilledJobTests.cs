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

    [Test]
    [Platform("Linux")]
    public async Task Every_number_is_in_object_storage_once_whether_the_job_or_the_server_is_killed([Values] bool compacted)
    {
        using var lake = new Lake();
        await using S3Server server = await S3Server.StartAsync();
        string address = server.Options.Endpoint!.AbsoluteUri;
        LakePlace place = LakePlace.S3(server.Options);
        var random = new Random(1);
        for (int kill = 0; kill < Kills; kill++)
        {
            await using PeerProcess job = await StartAsync(lake, address);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300)), TimeProvider.System);
            if (kill % 3 == 1)
            {
                await server.KillAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300)), TimeProvider.System);
                await server.StartAgainAsync();
            }

            if (compacted && kill % 3 == 0 && server.Keys.Any(static key => key.EndsWith(".parquet", StringComparison.Ordinal)))
            {
                await ParquetLake.CompactAsync(place, "numbers");
            }

            (job.HasExited && !job.Output.Contains("done")).Should().BeFalse("a job is killed, and does not fail: {0}", job.Errors);
        }

        await using (PeerProcess last = await StartAsync(lake, address))
        {
            await Limits.UntilAsync(() => last.HasExited, "the job has written all");
            last.Output.Should().Contain("done", "{0}", last.Errors);
        }

        (await S3Rows.NumbersAsync(place)).Should().Equal(Enumerable.Range(0, Program.Count).Select(static number => (long)number));
        string[] files = [.. server.Keys.Where(static key => key.EndsWith(".parquet", StringComparison.Ordinal))];
        (await ParquetLake.ListFilesAsync(place, "numbers")).Should().HaveCount(files.Length, "who takes all objects finds the same");
    }

    private static async Task<PeerProcess> StartAsync(Lake lake, params string[] more)
    {
        PeerProcess job = PeerProcess.Start("dotnet", [typeof(Program).Assembly.Location, lake.Path, .. more]);
        await Limits.UntilAsync(() => job.Output.Contains("running") || job.HasExited, "the job runs");
        job.Output.Should().Contain("running", "{0}", job.Errors);
        return job;
    }
}
