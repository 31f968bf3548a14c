using System.Net;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Peers;

/// <summary>libcoap as the other end: its command-line client and its server.</summary>
internal static class Libcoap
{
    private static readonly string[] Folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);

    /// <summary>Runs <c>coap-client</c> to its end and returns what it wrote.</summary>
    public static async Task<(string Output, string Errors)> AskAsync(params string[] arguments)
    {
        await using PeerProcess client = Start("coap-client", "openssl", arguments);
        await client.ExitAsync();
        return (string.Join('\n', client.Output), client.Errors);
    }

    /// <summary>Runs <c>coap-client</c> of a build, "openssl" or "gnutls".</summary>
    public static async Task<(string Output, string Errors)> AskWithAsync(string build, params string[] arguments)
    {
        await using PeerProcess client = Start("coap-client", build, arguments);
        await client.ExitAsync();
        return (string.Join('\n', client.Output), client.Errors);
    }

    /// <summary>Starts <c>coap-server</c> of a build on a free port of the loopback; DTLS is at the next one.</summary>
    public static (PeerProcess Server, int Port) StartServerWith(string build, params string[] arguments)
    {
        int port = FreePorts.Next();
        return (Start("coap-server", build, ["-A", "127.0.0.1", "-p", $"{port}", .. arguments]), port);
    }

    /// <summary>Starts <c>coap-client</c>.</summary>
    public static PeerProcess StartAsking(params string[] arguments) => Start("coap-client", "openssl", arguments);

    /// <summary>Starts <c>coap-client</c> of a build.</summary>
    public static PeerProcess StartAskingWith(string build, params string[] arguments) => Start("coap-client", build, arguments);

    /// <summary>Starts <c>coap-server</c> as a member of a group on the loopback, on a free port of all addresses: at one of them it would not hear what is sent to the group.</summary>
    public static (PeerProcess Server, int Port) StartMember(IPAddress group)
    {
        int port = FreePorts.Next();
        return (Start("coap-server", "openssl", ["-p", $"{port}", "-g", $"{group}", "-G", "lo"]), port);
    }

    /// <summary>Starts <c>coap-server</c> on a free port of the loopback.</summary>
    public static (PeerProcess Server, int Port) StartServer(params string[] arguments)
    {
        int port = FreePorts.Next();
        return (Start("coap-server", "openssl", ["-A", "127.0.0.1", "-p", $"{port}", .. arguments]), port);
    }

    private static PeerProcess Start(string program, string build, IEnumerable<string> arguments)
    {
        string? path = Folders.Select(folder => Path.Combine(folder, $"{program}-{build}")).FirstOrDefault(File.Exists);
        if (path is null)
        {
            string reason = $"{program}-{build} is not installed (Debian: apt-get install libcoap3-bin).";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(reason);
            }

            Assert.Ignore(reason);
        }

        return PeerProcess.Start(path!, arguments);
    }
}
