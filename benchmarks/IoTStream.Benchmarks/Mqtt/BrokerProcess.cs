using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>A broker in a process of its own.</summary>
internal sealed class BrokerProcess : IDisposable
{
    private readonly string? _folder;

    private BrokerProcess(string name, Child process, int port, string? folder = null)
    {
        Name = name;
        Process = process;
        Port = port;
        _folder = folder;
    }

    public string Name { get; }

    public Child Process { get; }

    public int Port { get; }

    public static async Task<BrokerProcess> StartOursAsync()
    {
        var process = Child.StartOurs(BrokerHost.Verb);
        return new BrokerProcess("iotstream", process, int.Parse(await process.ReadLineAsync(), CultureInfo.InvariantCulture));
    }

    /// <summary>Starts Mosquitto with nothing that would slow it down or make it drop messages: no log, no files, no limits.</summary>
    public static async Task<BrokerProcess> StartMosquittoAsync(string program)
    {
        string folder = Directory.CreateTempSubdirectory("iotstream-mosquitto-").FullName;
        int port = FreePort();
        string configuration = Path.Combine(folder, "mosquitto.conf");
        await File.WriteAllLinesAsync(
            configuration,
            [
                $"listener {port} 127.0.0.1", "allow_anonymous true", $"user {Environment.UserName}", "persistence false", "log_type none",
                "max_queued_messages 0", "max_inflight_messages 0", "sys_interval 0",
            ]);
        var broker = new BrokerProcess("mosquitto", Child.Start(program, "-c", configuration), port, folder);
        for (int attempt = 0; !CanConnect(port); attempt++)
        {
            if (attempt == 100)
            {
                throw new InvalidOperationException("Mosquitto does not listen.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        return broker;
    }

    public void Dispose()
    {
        Process.Dispose();
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool CanConnect(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
