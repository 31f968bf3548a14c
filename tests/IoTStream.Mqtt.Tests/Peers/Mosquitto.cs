namespace IoTStream.Mqtt.Tests.Peers;

/// <summary>Eclipse Mosquitto as the other end: its command-line clients and its broker.</summary>
internal static class Mosquitto
{
    private static readonly string[] Folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/sbin"];

    /// <summary>Starts <c>mosquitto_sub</c> against a broker on this machine. Lines of its output are payloads, unless -F says otherwise.</summary>
    public static PeerProcess Subscribe(int port, params string[] arguments) =>
        PeerProcess.Start(Find("mosquitto_sub"), ["-h", "127.0.0.1", "-p", $"{port}", .. arguments]);

    /// <summary>Starts <c>mosquitto_pub</c> against a broker on this machine; with -l it publishes the lines written to it.</summary>
    public static PeerProcess StartPublishing(int port, params string[] arguments) =>
        PeerProcess.Start(Find("mosquitto_pub"), ["-h", "127.0.0.1", "-p", $"{port}", .. arguments]);

    /// <summary>Runs <c>mosquitto_pub</c> to its end, which has to be a success.</summary>
    public static async Task PublishAsync(int port, params string[] arguments)
    {
        await using PeerProcess publisher = StartPublishing(port, arguments);
        int exitCode = await publisher.ExitAsync();
        exitCode.Should().Be(0, "mosquitto_pub said: {0}", publisher.Errors);
    }

    /// <summary>Starts a Mosquitto broker on a free loopback port.</summary>
    /// <param name="configuration">Lines that are added to its configuration, which listens and lets anybody in.</param>
    public static async Task<MosquittoBroker> StartBrokerAsync(params string[] configuration)
    {
        string program = Find("mosquitto");

        // Between the choice of the port and its use somebody else may take it: then the broker ends at once, and another port is tried.
        for (int attempt = 0; ; attempt++)
        {
            var broker = new MosquittoBroker(program, FreePorts.Next(), configuration);
            if (await broker.IsListeningAsync())
            {
                return broker;
            }

            string errors = broker.Errors;
            await broker.DisposeAsync();
            if (attempt == 2)
            {
                Assert.Fail($"Mosquitto did not start: {errors}");
            }
        }
    }

    /// <summary>The path of a program. If it is missing the test is ignored; it fails where everything has to be there (CI=true).</summary>
    private static string Find(string program)
    {
        string? path = Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            string reason = $"{program} is not installed (Debian: apt-get install mosquitto mosquitto-clients).";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(reason);
            }

            Assert.Ignore(reason);
        }

        return path!;
    }

    /// <summary>Starts a broker with a WebSocket listener besides its TCP one.</summary>
    public static async Task<(MosquittoBroker Broker, int Port)> StartWithWebSocketsAsync(params string[] configuration)
    {
        int port = FreePorts.Next();
        MosquittoBroker broker = await StartBrokerAsync([$"listener {port} 127.0.0.1", "protocol websockets", .. configuration]);

        // It may end if somebody knocks at a WebSocket before it runs.
        await PublishAsync(broker.Port, "-t", "ready", "-m", "ready", "-q", "1");
        return (broker, port);
    }
}
