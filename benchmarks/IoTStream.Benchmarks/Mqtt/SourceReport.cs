using System.Diagnostics;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>
/// Messages a second that our source receives, beside mosquitto_sub: both from Mosquitto, which is what limits, and from a server that only writes, so that it is they.
/// </summary>
internal static class SourceReport
{
    private const int Rounds = 3;

    // More than this Mosquitto might drop.
    private const int UnderWay = 8192;

    public static async Task RunAsync()
    {
        string? broker = Peer.Find("mosquitto");
        string? subscriber = Peer.Find("mosquitto_sub");
        if (subscriber is null)
        {
            Console.WriteLine("mosquitto_sub: skipped, the program is not installed (Debian: apt-get install mosquitto-clients)");
        }

        if (broker is null)
        {
            Console.WriteLine("mosquitto: skipped, the program is not installed (Debian: apt-get install mosquitto)");
        }

        foreach (int qualityOfService in (int[])[0, 1])
        {
            if (broker is not null)
            {
                int count = qualityOfService == 0 ? 300_000 : 100_000;
                await CompareAsync(
                    $"received from Mosquitto, QoS {qualityOfService}", subscriber, count, program => FromMosquittoAsync(broker, program, qualityOfService, 100_000, count));
            }
        }

        const int Many = 1_000_000;
        await CompareAsync("received from a server that only writes, QoS 0", subscriber, Many, program => FromFountAsync(program, Many / 2, Many));
    }

    private static async Task CompareAsync(string name, string? subscriber, int count, Func<string?, Task<ReceiverRun>> measureAsync)
    {
        Console.WriteLine($"{name}: {count:N0} messages of {Packets.PayloadSize} bytes");
        List<ReceiverRun> ours = [];
        List<ReceiverRun> theirs = [];
        for (int round = 0; round < Rounds; round++)
        {
            ours.Add(await measureAsync(null));
            if (subscriber is not null)
            {
                theirs.Add(await measureAsync(subscriber));
            }
        }

        ReceiverRun median = Print("iotstream", ours);
        if (theirs.Count > 0)
        {
            ReceiverRun other = Print("mosquitto_sub", theirs);
            Console.WriteLine(
                $"  ours receives {median.MessagesPerSecond / other.MessagesPerSecond:F2} times as many, for {median.Nanoseconds / other.Nanoseconds:F2} of the processor time");
        }
    }

    private static ReceiverRun Print(string name, List<ReceiverRun> runs)
    {
        ReceiverRun median = runs.OrderBy(static run => run.MessagesPerSecond).ElementAt(Rounds / 2);
        Console.WriteLine(
            $"  {name,-13} {median.MessagesPerSecond / 1e6,6:F3} M/s ({string.Join(", ", runs.Select(static run => $"{run.MessagesPerSecond / 1e6:F3}"))}), " +
            $"{median.Nanoseconds,5:N0} ns of processor time{(median.Bytes is { } bytes ? $", {bytes:F2} bytes allocated" : "")} a message" +
            $"{(median.BrokerNanoseconds is { } broker ? $"; Mosquitto's {broker:N0} ns" : "")}");
        return median;
    }

    private static async Task<ReceiverRun> FromMosquittoAsync(string broker, string? subscriber, int qualityOfService, int warmUp, int count)
    {
        using BrokerProcess mosquitto = await BrokerProcess.StartMosquittoAsync(broker);
        using Receiver receiver = Start(subscriber, mosquitto.Port, qualityOfService);
        await receiver.BeginAsync();
        using var load = new Load(mosquitto.Port, new Pattern(1, 0, qualityOfService, qualityOfService == 0 ? UnderWay : 1024), () => receiver.Received);
        return await MeasureAsync(receiver, mosquitto.Process, load.Publish, warmUp, count);
    }

    private static async Task<ReceiverRun> FromFountAsync(string? subscriber, int warmUp, int count)
    {
        using var fount = new Fount();
        using Receiver receiver = Start(subscriber, fount.Port, qualityOfService: 0);
        await fount.AcceptAsync();
        await receiver.BeginAsync();
        return await MeasureAsync(receiver, broker: null, messages => fount.Publish(messages, () => receiver.Received), warmUp, count);
    }

    private static Receiver Start(string? subscriber, int port, int qualityOfService) =>
        subscriber is null ? Receiver.StartOurs(port, qualityOfService) : Receiver.StartMosquitto(subscriber, port, qualityOfService);

    private static async Task<ReceiverRun> MeasureAsync(Receiver receiver, Child? broker, Action<int> publish, int warmUp, int count)
    {
        publish(warmUp);
        long allocated = receiver.IsOurs ? await receiver.Process.AskAsync(Questions.Allocated) : 0;
        TimeSpan processorTime = receiver.Process.ProcessorTime;
        TimeSpan? brokerTime = broker?.ProcessorTime;
        long start = Stopwatch.GetTimestamp();
        publish(count);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        processorTime = receiver.Process.ProcessorTime - processorTime;
        brokerTime = broker?.ProcessorTime - brokerTime;
        return new ReceiverRun(
            count / elapsed.TotalSeconds,
            processorTime.TotalNanoseconds / count,
            brokerTime?.TotalNanoseconds / count,
            receiver.IsOurs ? (double)(await receiver.Process.AskAsync(Questions.Allocated) - allocated) / count : null);
    }
}
