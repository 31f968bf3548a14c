using System.Net;
using System.Net.Sockets;

namespace IoTStream.Mqtt.Tests.Peers;

/// <summary>A running Mosquitto broker with a folder of its own, gone when disposed.</summary>
internal sealed class MosquittoBroker : IAsyncDisposable
{
    private readonly string _program;
    private readonly string _configurationFile;
    private PeerProcess _process;

    public MosquittoBroker(string program, int port, IEnumerable<string> configuration)
    {
        _program = program;
        Port = port;
        Folder = Directory.CreateTempSubdirectory("mosquitto-").FullName;
        _configurationFile = Path.Combine(Folder, "mosquitto.conf");

        // Started by root it would become the user mosquitto, who cannot read the folder.
        File.WriteAllLines(
            _configurationFile,
            [$"listener {port} 127.0.0.1", "allow_anonymous true", $"user {Environment.UserName}", .. configuration]);
        _process = Start();
    }

    public int Port { get; }

    /// <summary>A folder for its files, deleted with it.</summary>
    public string Folder { get; }

    public string Errors => _process.Errors;

    /// <summary>Kills the broker and starts it again on the same port with the same configuration.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    /// <summary>Kills the broker: its clients lose their connections.</summary>
    public ValueTask StopAsync() => _process.DisposeAsync();

    /// <summary>Starts it again after <see cref="StopAsync"/>.</summary>
    public async Task StartAgainAsync()
    {
        _process = Start();
        (await IsListeningAsync()).Should().BeTrue("Mosquitto starts again on its port");
    }

    /// <summary>Waits until it accepts connections; false if it ended instead.</summary>
    public async Task<bool> IsListeningAsync()
    {
        bool listening = false;
        await Limits.UntilAsync(() => (listening = CanConnect()) || _process.HasExited, "Mosquitto listens");
        return listening;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private PeerProcess Start() => PeerProcess.Start(_program, ["-c", _configurationFile]);

    private bool CanConnect()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
