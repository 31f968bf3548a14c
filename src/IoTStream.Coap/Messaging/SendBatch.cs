using System.Net;
using System.Net.Sockets;

namespace IoTStream.Coap.Messaging;

/// <summary>
/// The datagrams that a thread has to send while it holds them back, so that they go with one call of the system, and whom it wakes after that many records and not after each. A thread that takes or answers
/// many holds these from <see cref="Begin"/> until that ends; another thread has nothing to do with it. Where the system has no such call, nothing is held.
/// </summary>
internal sealed class SendBatch
{
    private const int Most = 64;

    // What is larger goes at once; it fits into a packet of Ethernet.
    private const int LargestDatagram = 1536;

    [ThreadStatic]
    private static SendBatch? _ofThread;

    private readonly DatagramBuffers _buffers = new(Most, LargestDatagram);
    private readonly List<Action> _atEnd = [];
    private Socket? _socket;
    private int _count;
    private int _depth;

    /// <summary>Begins to hold; disposing of the result sends.</summary>
    public static Hold Begin()
    {
        if (!SystemDatagrams.AreSupported)
        {
            return default;
        }

        SendBatch batch = _ofThread ??= new SendBatch();
        batch._depth++;
        return new Hold(batch);
    }

    /// <summary>Sends what this thread has held back so far, and wakes who is to be woken.</summary>
    public static void Flush() => _ofThread?.Release();

    /// <summary>Wakes somebody when this thread holds nothing any more, once; at once if it holds nothing.</summary>
    /// <param name="wake">Wakes; the same object for the same one.</param>
    public static void AtEnd(Action wake)
    {
        if (_ofThread is not { _depth: > 0 } batch)
        {
            wake();
        }
        else if (!batch._atEnd.Contains(wake))
        {
            batch._atEnd.Add(wake);
        }
    }

    /// <summary>Takes a datagram if this thread holds them.</summary>
    /// <returns>False if it is to be sent now.</returns>
    public static bool TryAdd(Socket socket, in PeerAddress to, ReadOnlySpan<byte> datagram)
    {
        if (_ofThread is not { _depth: > 0 } batch)
        {
            return false;
        }

        if (datagram.Length > LargestDatagram)
        {
            // Not before those that were sent earlier.
            batch.SendAll();
            return false;
        }

        batch.Add(socket, to, datagram);
        return true;
    }

    private void Add(Socket socket, in PeerAddress to, ReadOnlySpan<byte> datagram)
    {
        if (_count == Most || !ReferenceEquals(socket, _socket))
        {
            SendAll();
            Prepare(socket);
        }

        to.CopyTo(_buffers.AddressOf(_count));
        datagram.CopyTo(_buffers.BytesOf(_count));
        _buffers.SetLength(_count, datagram.Length);
        _count++;
    }

    private void Prepare(Socket socket)
    {
        if (ReferenceEquals(socket, _socket))
        {
            return;
        }

        var address = new SocketAddress(socket.AddressFamily);
        _socket = socket;
        for (int i = 0; i < Most; i++)
        {
            // The family and, but for what is written for each datagram, zeros.
            address.Buffer.Span[..address.Size].CopyTo(_buffers.AddressOf(i));
            _buffers.SetAddressLength(i, address.Size);
        }
    }

    private unsafe void SendAll()
    {
        if (_count == 0)
        {
            return;
        }

        try
        {
            SystemDatagrams.Send(_socket!.SafeHandle, _buffers.First, _count);
        }
        catch (ObjectDisposedException)
        {
            // Lost, as on any way through a network.
        }

        _count = 0;
    }

    private void End()
    {
        if (--_depth == 0)
        {
            Release();
        }
    }

    private void Release()
    {
        // Whoever is woken has something to do while this thread sends.
        foreach (Action wake in _atEnd)
        {
            wake();
        }

        _atEnd.Clear();
        SendAll();
    }

    /// <summary>The time for which a thread holds what it sends.</summary>
    internal readonly ref struct Hold(SendBatch? batch)
    {
        public void Dispose() => batch?.End();
    }
}
