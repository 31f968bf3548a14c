using System.Diagnostics;
using System.Globalization;
using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Simulation.Log;

/// <summary>A real process on a real disk that is killed at random moments. How often is what IOTSTREAM_TEST_KILLS says, else 20 times.</summary>
[Parallelizable(ParallelScope.All)]
public class KilledProcessTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "20", CultureInfo.InvariantCulture);

    [Test]
    public async Task What_a_killed_process_wrote_is_there_once()
    {
        string directory = Directory.CreateTempSubdirectory("iotstream-killed-").FullName;
        try
        {
            var random = new Random(1);
            long told = 0;
            for (int i = 0; i < Kills; i++)
            {
                told = await RunAndKillAsync(directory, told, random);
                using TopicWriter topic = TopicWriter.Open(new DiskDirectory(directory), TopicProcess.Queue, TimeProvider.System);
                topic.LastEpochOf(TopicProcess.Writer).Should().BeGreaterThanOrEqualTo(told, "it was told to be durable");
            }

            CheckAll(directory, told);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<long> RunAndKillAsync(string directory, long told, Random random)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [typeof(TopicProcess).Assembly.Location, "write-topic", directory])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        for (int lines = random.Next(1, 100); lines > 0; lines--)
        {
            told = long.Parse((await process.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        }

        Action open = () => TopicWriter.Open(new DiskDirectory(directory), TopicProcess.Queue, TimeProvider.System);
        open.Should().Throw<LogInUseException>().Which.ProcessId.Should().Be(process.Id);
        process.Kill();
        await process.WaitForExitAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line may be cut short, and a shorter number is a smaller one.
            told = Math.Max(told, line.Length == 0 ? 0 : long.Parse(line, CultureInfo.InvariantCulture));
        }

        return told;
    }

    private static void CheckAll(string directory, long told)
    {
        using var reader = new TopicReader(new DiskDirectory(directory), from: 0);
        long epoch = 0;
        while (reader.TryRead(out QueueBatch batch))
        {
            epoch++;
            batch.Count.Should().Be(TopicProcess.RecordsOf(epoch));
            foreach (QueueRecord record in batch)
            {
                BitConverter.ToInt64(record.Value).Should().Be(epoch);
            }
        }

        epoch.Should().BeGreaterThanOrEqualTo(told);
    }
}
