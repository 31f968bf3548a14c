using System.Buffers;
using System.Globalization;
using System.Text;
using IoTStream.Mqtt;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Simulation.Kill;

/// <summary>
/// A real job that publishes to Mosquitto and stores what it cannot publish, killed with SIGKILL at random moments while the wire between the two is plugged and unplugged. How
/// often is what IOTSTREAM_TEST_KILLS says, else 20 times.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class KilledForwardingTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "20", CultureInfo.InvariantCulture);

    [Test]
    public async Task Every_number_comes_in_order_and_what_comes_again_has_the_identifier_that_it_had()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("max_queued_messages 0");
        using var cable = new Cable(broker.Port);
        string directory = Directory.CreateTempSubdirectory("iotstream-forwarding-").FullName;
        List<(long Number, string Identifier)> received = [];
        await using var receiver = new MqttClient(new MqttClientOptions { Host = "127.0.0.1", Port = broker.Port });
        await receiver.SubscribeAsync(
            [ForwardingJob.Topic],
            (message, _) =>
            {
                lock (received)
                {
                    received.Add((
                        long.Parse(Encoding.ASCII.GetString(message.Payload), CultureInfo.InvariantCulture),
                        message.UserProperties.Single(property => property.Name == MqttHeaders.MessageId).Value));
                }

                return default;
            });
        await receiver.ConnectAsync();
        try
        {
            var random = new Random(1);
            for (int kill = 0; kill < Kills; kill++)
            {
                Plug(cable, random.Next(3) > 0);
                await using PeerProcess job = await StartAsync(cable.Port, directory);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200)), TimeProvider.System);
                Plug(cable, random.Next(2) > 0);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200)), TimeProvider.System);
                job.HasExited.Should().BeFalse("a job is killed, and does not fail: {0}", job.Errors);
            }

            Plug(cable, isPlugged: true);
            await using (PeerProcess last = await StartAsync(cable.Port, directory))
            {
                // What it makes after it is up comes behind all that was stored before.
                int goal = Count(received) + 1000;
                long forwarded = Spooled(directory);
                await Limits.UntilAsync(() => (Count(received) >= goal && Spooled(directory) > forwarded) || last.HasExited, "what was stored is forwarded");
                last.HasExited.Should().BeFalse("{0}", last.Errors);
            }
        }
        finally
        {
            await receiver.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }

        // All identifiers are of one log and sink, so a receiver only has to keep the last one.
        (long Epoch, long Number) highest = (0, 0);
        long next = 0;
        foreach ((long number, string identifier) in received)
        {
            string[] parts = identifier.Split('/');
            (long, long) place = (long.Parse(parts[2], CultureInfo.InvariantCulture), long.Parse(parts[3], CultureInfo.InvariantCulture));
            if (place.CompareTo(highest) <= 0 && next > 0)
            {
                number.Should().BeLessThan(next, "it came before");
                continue;
            }

            highest = place;
            number.Should().Be(next++, "it comes in order, with {0}", identifier);
        }

        next.Should().BePositive();
    }

    private static void Plug(Cable cable, bool isPlugged)
    {
        cable.IsPlugged = isPlugged;
        if (!isPlugged)
        {
            cable.Cut();
        }
    }

    private static int Count(List<(long Number, string Identifier)> received)
    {
        lock (received)
        {
            return received.Count;
        }
    }

    /// <summary>How far the forwarder has stored that it is.</summary>
    private static long Spooled(string directory)
    {
        string file = Path.Combine(directory, "spool", "out", "consumers", "forwarder");
        return File.Exists(file) ? long.Parse(File.ReadLines(file).ElementAt(1).Split(' ')[1], CultureInfo.InvariantCulture) : 0;
    }

    private static async Task<PeerProcess> StartAsync(int port, string directory)
    {
        PeerProcess job = PeerProcess.Start("dotnet", [typeof(ForwardingJob).Assembly.Location, "run-forwarding", port.ToString(CultureInfo.InvariantCulture), directory]);
        await Limits.UntilAsync(() => job.Output.Contains("running") || job.HasExited, "the job runs");
        job.HasExited.Should().BeFalse("{0}", job.Errors);
        return job;
    }
}
