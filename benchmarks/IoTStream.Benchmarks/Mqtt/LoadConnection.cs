using System.Net;
using System.Net.Sockets;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>A publisher's or subscriber's connection: a socket that does not block, and what of a packet is under way.</summary>
internal sealed class LoadConnection : IDisposable
{
    private static readonly byte[] Answer = new byte[64];

    /// <summary>Connects and waits to be let in.</summary>
    public LoadConnection(int port, string clientIdentifier)
    {
        Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Socket.Connect(IPAddress.Loopback, port);
        Exchange(Packets.Connect(clientIdentifier), answerSize: 4);
    }

    public Socket Socket { get; }

    /// <summary>The messages that a publisher sends again and again.</summary>
    public byte[] Messages { get; init; } = [];

    /// <summary>The place in <see cref="Messages"/> up to which they have been sent in this turn.</summary>
    public int Sent { get; set; }

    /// <summary>How many of a publisher's messages are not acknowledged; of QoS 1.</summary>
    public int Unacknowledged { get; set; }

    /// <summary>How many messages a subscriber has received.</summary>
    public long Received { get; set; }

    /// <summary>Bytes of a packet that has come in part.</summary>
    public byte[] Part { get; } = new byte[256];

    public int PartSize { get; set; }

    /// <summary>Acknowledgements that are to be sent.</summary>
    public byte[] Acknowledgements { get; set; } = [];

    public int AcknowledgementsSize { get; set; }

    /// <summary>Whether the socket has no room.</summary>
    public bool IsFull { get; set; }

    public void Subscribe(string filter, int qualityOfService) => Exchange(Packets.Subscribe(filter, qualityOfService), answerSize: 5);

    /// <summary>Waits for so many bytes, and drops them.</summary>
    public void Receive(int bytes)
    {
        for (int received = 0; received < bytes;)
        {
            int count = Socket.Receive(Answer, Math.Min(Answer.Length, bytes - received), SocketFlags.None);
            received += count > 0 ? count : throw new IOException("The broker closed a connection instead of answering.");
        }
    }

    public void Dispose() => Socket.Dispose();

    private void Exchange(byte[] packet, int answerSize)
    {
        Socket.Send(packet);
        Receive(answerSize);
    }
}
