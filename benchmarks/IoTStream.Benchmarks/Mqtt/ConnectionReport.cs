using System.Diagnostics;
using System.Globalization;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>The memory of brokers with many connections, each with a subscription: at rest, and after each has published and received messages.</summary>
internal static class ConnectionReport
{
    private const int Connections = 10_000;
    private const int SpareFiles = 500;

    public static async Task RunAsync()
    {
        long limit = FileLimit.Raise(Connections + SpareFiles);
        if (limit < Connections + SpareFiles)
        {
            Console.WriteLine($"{Connections:N0} connections: skipped, only {limit:N0} files may be open; try after: ulimit -n {Connections + SpareFiles}");
            return;
        }

        Console.WriteLine($"{Connections:N0} connections with a subscription each, 10 messages of {Packets.PayloadSize} bytes a connection");
        using (BrokerProcess ours = await BrokerProcess.StartOursAsync())
        {
            await MeasureAsync(ours, isOurs: true);
        }

        if (Peer.Find("mosquitto") is { } program)
        {
            using BrokerProcess mosquitto = await BrokerProcess.StartMosquittoAsync(program);
            await MeasureAsync(mosquitto, isOurs: false);
        }
        else
        {
            Console.WriteLine("mosquitto: skipped, the program is not installed (Debian: apt-get install mosquitto)");
        }
    }

    private static async Task MeasureAsync(BrokerProcess broker, bool isOurs)
    {
        // The code for a connection is compiled before, so as not to be counted.
        Open(broker, 0, 100).ForEach(connection => connection.Dispose());
        long aliveBefore = isOurs ? await broker.Process.AskAsync(Questions.Alive) : 0;
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        long before = broker.Process.ResidentBytes;
        long start = Stopwatch.GetTimestamp();
        List<LoadConnection> connections = Open(broker, 0, Connections);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        double atRest = (broker.Process.ResidentBytes - before) / (double)Connections;
        for (int round = 0; round < 10; round++)
        {
            foreach (LoadConnection connection in connections)
            {
                connection.Socket.Send(connection.Messages);
            }

            foreach (LoadConnection connection in connections)
            {
                connection.Receive(connection.Messages.Length);
            }
        }

        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        double afterwards = (broker.Process.ResidentBytes - before) / (double)Connections;
        string objects = "";
        if (isOurs)
        {
            double alive = (await broker.Process.AskAsync(Questions.Alive) - aliveBefore) / (double)Connections;
            double collected = (broker.Process.ResidentBytes - before) / (double)Connections;
            objects = $", {collected:N0} after a collection, of which {alive:N0} are objects that are alive";
        }

        Console.WriteLine(
            $"  {broker.Name,-10} {atRest,7:N0} bytes a connection at rest, {afterwards,7:N0} after messages{objects}; {Connections / elapsed.TotalSeconds:N0} connections a second");
        connections.ForEach(connection => connection.Dispose());
    }

    private static List<LoadConnection> Open(BrokerProcess broker, int first, int count)
    {
        List<LoadConnection> connections = [];
        for (int i = first; i < first + count; i++)
        {
            var connection = new LoadConnection(broker.Port, string.Create(CultureInfo.InvariantCulture, $"connection-{i}")) { Messages = Packets.Publish(i, 0, 1) };
            connection.Subscribe(Packets.Topic(i), qualityOfService: 0);
            connections.Add(connection);
        }

        return connections;
    }
}
