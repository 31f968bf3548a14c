using System.Globalization;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Simulation.Kill;

/// <summary>
/// A job that sends, and one that takes what it sends, killed with SIGKILL at random moments, now this one and now that. What the first sends at least once has its effect once in the second. How often is what
/// IOTSTREAM_TEST_KILLS says, else 20 times.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class KilledCoapSenderTests
{
    private const int Parts = 8;

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "20", CultureInfo.InvariantCulture);

    [Test]
    public async Task What_one_job_sends_another_one_takes_once_whichever_of_them_is_killed([Values("coap", "coap+tcp")] string scheme)
    {
        int port = FreePorts.Next();
        int count = 8 * Parts * Kills;
        string directory = Directory.CreateTempSubdirectory("iotstream-killed-coap-").FullName;
        string[] receiving = ["run-coap-job", port.ToString(CultureInfo.InvariantCulture), directory];
        string[] sending = ["run-coap-sender", $"{scheme}://127.0.0.1:{port}/lines", count.ToString(CultureInfo.InvariantCulture), directory];
        PeerProcess? receiver = null;
        PeerProcess? sender = null;
        try
        {
            receiver = await StartAsync(receiving);
            sender = await StartAsync(sending);
            var random = new Random(1);
            for (int kill = 0; kill < Kills; kill++)
            {
                int before = Lines(directory).Length;
                await Limits.UntilAsync(() => Lines(directory).Length > before || sender.Output.Contains("done"), "something is taken");
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100)), TimeProvider.System);
                receiver.HasExited.Should().BeFalse("{0}", receiver.Errors);
                if (random.Next(3) == 0)
                {
                    await receiver.DisposeAsync();
                    receiver = await StartAsync(receiving);
                }
                else
                {
                    (sender.HasExited && !sender.Output.Contains("done")).Should().BeFalse("{0}", sender.Errors);
                    await sender.DisposeAsync();
                    sender = await StartAsync(sending);
                }
            }

            await Limits.UntilAsync(() => Lines(directory).Length >= count, "all is taken");
            await Limits.UntilAsync(() => sender.Output.Contains("done"), "the sender knows of it");
            Lines(directory).CountBy(static line => line, StringComparer.Ordinal).Select(static one => one.Value).Should().Equal(Enumerable.Repeat(count / Parts, Parts));
        }
        finally
        {
            await (sender?.DisposeAsync() ?? default);
            await (receiver?.DisposeAsync() ?? default);
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string[] Lines(string directory) =>
        Directory.Exists(Path.Combine(directory, "files")) ? [.. Directory.GetFiles(Path.Combine(directory, "files"), "*.jsonl").SelectMany(File.ReadAllLines)] : [];

    private static async Task<PeerProcess> StartAsync(string[] arguments)
    {
        PeerProcess job = PeerProcess.Start("dotnet", [typeof(KilledCoapSender).Assembly.Location, .. arguments]);
        await Limits.UntilAsync(() => job.Output.Contains("running") || job.HasExited, "the job runs");
        job.Output.Should().Contain("running", job.Errors);
        return job;
    }
}
