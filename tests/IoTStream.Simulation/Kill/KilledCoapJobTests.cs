using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using IoTStream.Coap;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Simulation.Kill;

/// <summary>
/// A job that takes what devices send, killed with SIGKILL at random moments while they do, small bodies and uploads in blocks. How often is what IOTSTREAM_TEST_KILLS says, else 20 times.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class KilledCoapJobTests
{
    private const int Devices = 4;

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "20", CultureInfo.InvariantCulture);

    [Test]
    public async Task What_a_device_was_told_has_been_taken_is_in_the_files_once()
    {
        int port = FreePorts.Next();
        string directory = Directory.CreateTempSubdirectory("iotstream-killed-coap-").FullName;
        try
        {
            var told = new ConcurrentBag<string>();
            using var stop = new CancellationTokenSource();
            PeerProcess job = await StartAsync(port, directory);
            Task[] devices = [.. Enumerable.Range(0, Devices).Select(device => SendAsync(device, port, told, stop.Token))];
            var random = new Random(1);
            for (int kill = 0; kill < Kills; kill++)
            {
                int before = told.Count;
                await Limits.UntilAsync(() => told.Count > before, "something is taken");
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(150)), TimeProvider.System);
                job.HasExited.Should().BeFalse("a job is killed, and does not fail: {0}", job.Errors);
                await job.DisposeAsync();
                job = await StartAsync(port, directory);
            }

            await stop.CancelAsync();
            await Task.WhenAll(devices).WaitAsync(TimeSpan.FromSeconds(60));
            string[] lines = [];
            // A device is told when the epoch is committed; its file is written after that, and there are lines of which no device was told.
            await Limits.UntilAsync(() => !told.Except(lines = Lines(directory)).Any(), "the files have all that devices were told of");
            await job.DisposeAsync();

            lines.Should().OnlyHaveUniqueItems("nothing has its effect twice");
            told.Should().OnlyHaveUniqueItems();
            TestContext.Out.WriteLine($"{told.Count} were told of, {lines.Length - told.Count} more were taken.");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Sends one line after the other, each until its outcome is known or it is given up; every third is an upload in blocks.</summary>
    private static async Task SendAsync(int device, int port, ConcurrentBag<string> told, CancellationToken stop)
    {
        await using var client = new CoapClient(new CoapClientOptions
        {
            BlockSize = 64,
            ResponseTimeout = TimeSpan.FromSeconds(15),
            Transmission = new CoapTransmission { AckTimeout = TimeSpan.FromMilliseconds(100), MaxRetransmit = 7 },
        });
        var uri = new Uri($"coap://127.0.0.1:{port}/lines");
        for (int number = 0; !stop.IsCancellationRequested; number++)
        {
            string line = string.Create(CultureInfo.InvariantCulture, $"[{device},{number}]");
            byte[] body = Encoding.ASCII.GetBytes(number % 3 == 0 ? line.PadRight(700) : line);
            try
            {
                CoapResponse response = await client.PostAsync(uri, body, cancellationToken: CancellationToken.None);
                if (response.IsSuccess)
                {
                    told.Add(line);
                }
                else
                {
                    // The blocks that came before the process was killed are gone, and so is the whole body; or the next one has no time yet.
                    response.Code.Should().BeOneOf(CoapCode.RequestEntityIncomplete, CoapCode.ServiceUnavailable);
                }
            }
            catch (CoapException)
            {
                // Nobody knows whether it was taken: it was acknowledged for itself, and the process killed before the outcome was sent.
            }
        }
    }

    private static string[] Lines(string directory) => [.. Directory.GetFiles(Path.Combine(directory, "files"), "*.jsonl").SelectMany(File.ReadAllLines)];

    private static async Task<PeerProcess> StartAsync(int port, string directory)
    {
        PeerProcess job = PeerProcess.Start("dotnet", [typeof(KilledCoapJob).Assembly.Location, "run-coap-job", port.ToString(CultureInfo.InvariantCulture), directory]);
        await Limits.UntilAsync(() => job.Output.Contains("running") || job.HasExited, "the job runs");
        job.HasExited.Should().BeFalse("{0}", job.Errors);
        return job;
    }
}
