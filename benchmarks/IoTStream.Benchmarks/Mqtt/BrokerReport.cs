using System.Diagnostics;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>Messages a second through our broker and through Mosquitto, by the same load generator in turn.</summary>
internal static class BrokerReport
{
    private const int Rounds = 3;
    private static readonly TimeSpan FirstWarmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(2);

    private static readonly Pattern[] Patterns =
    [
        new(1, 1, 0, 4096), new(1, 1, 1, 1024),
        new(100, 1, 0, 4096), new(100, 1, 1, 3200),
        new(1, 100, 0, 512), new(1, 100, 1, 512),
    ];

    public static async Task RunAsync()
    {
        List<BrokerProcess> brokers = [await BrokerProcess.StartOursAsync()];
        try
        {
            if (Peer.Find("mosquitto") is { } program)
            {
                brokers.Add(await BrokerProcess.StartMosquittoAsync(program));
            }
            else
            {
                Console.WriteLine("mosquitto: skipped, the program mosquitto is not installed (Debian: apt-get install mosquitto)");
            }

            foreach (Pattern pattern in Patterns)
            {
                Console.WriteLine($"{pattern}: messages of {Packets.PayloadSize} bytes, {pattern.Window:N0} under way at most");
                await CompareAsync(pattern, brokers);
            }
        }
        finally
        {
            brokers.ForEach(broker => broker.Dispose());
        }
    }

    private static async Task CompareAsync(Pattern pattern, List<BrokerProcess> brokers)
    {
        List<BrokerRun>[] runs = [.. brokers.Select(static _ => new List<BrokerRun>())];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < brokers.Count; i++)
            {
                runs[i].Add(await MeasureAsync(pattern, brokers[i], isOurs: i == 0, round == 0 && i == 0 ? FirstWarmUp : WarmUp));
            }
        }

        BrokerRun[] medians = [.. runs.Select(static all => all.OrderBy(static run => run.MessagesPerSecond).ElementAt(Rounds / 2))];
        for (int i = 0; i < brokers.Count; i++)
        {
            BrokerRun run = medians[i];
            Console.WriteLine(
                $"  {brokers[i].Name,-10} {run.MessagesPerSecond / 1e6,6:F3} M/s ({string.Join(", ", runs[i].Select(static one => $"{one.MessagesPerSecond / 1e6:F3}"))}); " +
                $"broker {run.BrokerNanoseconds,5:N0} ns on {run.BrokerShare:F2} processors, generator {run.LoadNanoseconds,5:N0} ns on {run.LoadShare:F2}" +
                $"{(run.Bytes is { } bytes ? $"; {bytes:F2} bytes allocated" : "")} a message" +
                $"{(i > 0 ? $"; ours does {medians[0].MessagesPerSecond / run.MessagesPerSecond:F2} times as many" : "")}");
        }
    }

    private static async Task<BrokerRun> MeasureAsync(Pattern pattern, BrokerProcess broker, bool isOurs, TimeSpan warmUp)
    {
        using var load = new Load(broker.Port, pattern);
        load.Run(warmUp);
        long allocated = isOurs ? await broker.Process.AskAsync(Questions.Allocated) : 0;
        long received = load.Received;
        TimeSpan brokerTime = broker.Process.ProcessorTime;
        TimeSpan loadTime = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        load.Run(Measured);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        loadTime = Environment.CpuUsage.TotalTime - loadTime;
        brokerTime = broker.Process.ProcessorTime - brokerTime;
        received = load.Received - received;
        allocated = isOurs ? await broker.Process.AskAsync(Questions.Allocated) - allocated : 0;
        load.Drain();
        return new BrokerRun(
            received / elapsed.TotalSeconds,
            brokerTime.TotalNanoseconds / received,
            loadTime.TotalNanoseconds / received,
            loadTime / elapsed,
            brokerTime / elapsed,
            isOurs ? (double)allocated / received : null);
    }
}
