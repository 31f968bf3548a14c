using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IoTStream.Benchmarks.Mqtt;

namespace IoTStream.Benchmarks.Coap;

/// <summary>Requests a second that our source takes and answers, beside libcoap's coap-server, under the same load.</summary>
internal static class CoapReport
{
    private const int Rounds = 3;
    private const int Requests = 100_000;

    // More than the server remembers by default: then its memory has its size.
    private const int FirstRequests = 300_000;

    public static async Task<int> RunAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync("coap: skipped, its load generator calls the C library of Linux.");
            return 2;
        }

        string? peer = Peer.Find("coap-server-notls");
        if (peer is null)
        {
            Console.WriteLine("coap-server: skipped, the program is not installed (Debian: apt-get install libcoap3-bin)");
        }

        foreach ((bool isConfirmable, int devices) in ((bool, int)[])[(true, 256), (true, 16), (false, 256)])
        {
            Console.WriteLine($"{(isConfirmable ? "confirmable" : "not confirmable")} PUT of 60 bytes, {devices} devices, {Requests:N0} requests");
            List<Run> ours = [];
            List<Run> theirs = [];
            for (int round = 0; round < Rounds; round++)
            {
                ours.Add(await MeasureAsync(null, devices, isConfirmable));
                if (peer is not null)
                {
                    theirs.Add(await MeasureAsync(peer, devices, isConfirmable));
                }
            }

            Run median = Print("iotstream", ours);
            if (theirs.Count > 0)
            {
                Run other = Print("coap-server", theirs);
                Console.WriteLine($"  ours answers {median.PerSecond / other.PerSecond:F2} times as many, for {median.Nanoseconds / other.Nanoseconds:F2} of the processor time");
            }
        }

        return 0;
    }

    private static Run Print(string name, List<Run> runs)
    {
        Run median = runs.OrderBy(static run => run.PerSecond).ElementAt(Rounds / 2);
        Console.WriteLine(
            $"  {name,-11} {median.PerSecond / 1e3,6:F1} k/s ({string.Join(", ", runs.Select(static run => $"{run.PerSecond / 1e3:F1}"))}), " +
            $"{median.Nanoseconds,6:N0} ns of processor time{(median.Bytes is { } bytes ? $", {bytes:F2} bytes allocated" : "")} a request{(median.Repeated > 0 ? $", {median.Repeated} sent again" : "")}");
        return median;
    }

    private static async Task<Run> MeasureAsync(string? peer, int devices, bool isConfirmable)
    {
        int port = FreePort();
        using Child server = peer is null
            ? Child.StartOurs(CoapHost.Verb, port.ToString(CultureInfo.InvariantCulture))
            : Child.Start(peer, "-A", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture));
        if (peer is null)
        {
            await server.ReadLineAsync();
        }

        using var load = new CoapLoad(port, devices, isConfirmable);

        // Also until it listens.
        load.Run(peer is null ? FirstRequests : Requests / 2);
        int repeated = load.Repeated;
        long allocated = peer is null ? await server.AskAsync(Questions.Allocated) : 0;
        TimeSpan processorTime = server.ProcessorTime;
        TimeSpan elapsed = load.Run(Requests);
        processorTime = server.ProcessorTime - processorTime;
        return new Run(
            Requests / elapsed.TotalSeconds,
            processorTime.TotalNanoseconds / Requests,
            peer is null ? (double)(await server.AskAsync(Questions.Allocated) - allocated) / Requests : null,
            load.Repeated - repeated);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private readonly record struct Run(double PerSecond, double Nanoseconds, double? Bytes, int Repeated);
}
