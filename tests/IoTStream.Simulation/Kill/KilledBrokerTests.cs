using System.Globalization;
using System.Text;
using IoTStream.Mqtt;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Simulation.Kill;

/// <summary>
/// The embedded broker with a store, killed with SIGKILL at random moments while messages flow through it. How often is what IOTSTREAM_TEST_KILLS says, else 20 times.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class KilledBrokerTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_KILLS") ?? "20", CultureInfo.InvariantCulture);

    [Test]
    public async Task What_was_acknowledged_arrives_at_QoS_2_once_and_in_order([Values(MqttQualityOfService.AtLeastOnce, MqttQualityOfService.ExactlyOnce)] MqttQualityOfService qos)
    {
        int port = FreePorts.Next();
        string directory = Directory.CreateTempSubdirectory("iotstream-killed-broker-").FullName;
        List<int> received = [];
        PeerProcess broker = await StartAsync(port, directory);
        await using var subscriber = new MqttClient(Options(port, "subscriber"));
        await using var publisher = new MqttClient(Options(port, "publisher"));
        using var stop = new CancellationTokenSource();
        try
        {
            await subscriber.SubscribeAsync(
                ["numbers"],
                (message, _) =>
                {
                    lock (received)
                    {
                        received.Add(int.Parse(Encoding.ASCII.GetString(message.Payload), CultureInfo.InvariantCulture));
                    }

                    return default;
                },
                qos);
            await subscriber.ConnectAsync();
            await publisher.ConnectAsync();
            Task<int> publishing = PublishAsync(publisher, qos, stop.Token);
            var random = new Random((int)qos);
            for (int kill = 0; kill < Kills; kill++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(150)), TimeProvider.System);
                broker.HasExited.Should().BeFalse("a broker is killed, and does not fail: {0}", broker.Errors);
                await broker.DisposeAsync();
                broker = await StartAsync(port, directory);
            }

            await stop.CancelAsync();
            int count = await publishing.WaitAsync(Limits.Wait);
            await Limits.UntilAsync(() => Distinct(received) == count, $"all of {count} messages arrive");
            if (qos == MqttQualityOfService.ExactlyOnce)
            {
                received.Should().Equal(Enumerable.Range(0, count), "each comes once");
            }
        }
        finally
        {
            await broker.DisposeAsync();
            await subscriber.DisposeAsync();
            await publisher.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Publishes until it is to stop, several messages at a time.</summary>
    /// <returns>How many, all of them acknowledged.</returns>
    private static async Task<int> PublishAsync(MqttClient publisher, MqttQualityOfService qos, CancellationToken stop)
    {
        int number = 0;
        var underWay = new Queue<Task>();
        while (!stop.IsCancellationRequested)
        {
            underWay.Enqueue(publisher.PublishAsync("numbers", Encoding.ASCII.GetBytes(number++.ToString(CultureInfo.InvariantCulture)), qos, cancellationToken: CancellationToken.None).AsTask());
            if (underWay.Count == 10)
            {
                await underWay.Dequeue();
            }
        }

        await Task.WhenAll(underWay);
        return number;
    }

    private static int Distinct(List<int> received)
    {
        lock (received)
        {
            return received.Distinct().Count();
        }
    }

    private static MqttClientOptions Options(int port, string client) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        ClientId = client,
        CleanStart = false,
        SessionExpiry = TimeSpan.FromHours(1),
        Reconnect = new MqttReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(20), LongestDelay = TimeSpan.FromMilliseconds(100) },
    };

    private static async Task<PeerProcess> StartAsync(int port, string directory)
    {
        PeerProcess broker = PeerProcess.Start(
            "dotnet", [typeof(KilledBroker).Assembly.Location, "run-broker", port.ToString(CultureInfo.InvariantCulture), directory]);
        await Limits.UntilAsync(() => broker.Output.Contains("running") || broker.HasExited, "the broker runs");
        broker.HasExited.Should().BeFalse("{0}", broker.Errors);
        return broker;
    }
}
