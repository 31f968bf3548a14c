using System.Net;
using System.Net.Sockets;

namespace IoTStream.Mqtt.Tests.Peers;

/// <summary>Ports for servers that have to be told theirs, and find it again when they are started once more.</summary>
/// <remarks>They are below those that systems give to connections: one of those may be taken by anybody between its choice and its use.</remarks>
internal static class FreePorts
{
    private const int First = 10_000;
    private const int End = 32_000;

    // Programs that run at the same time begin at different places; within one, no port is given twice before all were.
    private static int _next = Random.Shared.Next(First, End);

    /// <summary>A port that is free for TCP and UDP at all addresses, as is the next one.</summary>
    public static int Next()
    {
        for (int tries = 0; tries < End - First; tries += 2)
        {
            int port = First + ((Interlocked.Add(ref _next, 2) & int.MaxValue) % (End - First - 1));
            if (IsFree(port) && IsFree(port + 1))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No port from {First} to {End} is free.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var stream = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            stream.Bind(new IPEndPoint(IPAddress.Any, port));
            using var datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            datagrams.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
