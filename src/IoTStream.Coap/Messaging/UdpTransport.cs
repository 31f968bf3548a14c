using System.Net;
using System.Net.Sockets;

namespace IoTStream.Coap.Messaging;

/// <summary>Datagrams over UDP: a socket, and one for each group.</summary>
internal sealed class UdpTransport : DatagramTransport
{
    private const int LargestDatagram = 65_535;

    private readonly Socket _socket;
    private readonly List<Socket> _groups = [];
    private readonly List<Task> _loops = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _sending = new();
    private readonly SocketAddress _to;

    private readonly bool _hasThread;

    private UdpTransport(Socket socket, bool hasThread)
    {
        _hasThread = hasThread;
        _socket = socket;
        _to = new SocketAddress(socket.AddressFamily);
    }

    /// <inheritdoc/>
    public override IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public AddressFamily Family => _socket.AddressFamily;

    /// <summary>Binds a socket.</summary>
    /// <param name="endPoint">The address and the port; with the address "any" of IPv6 also for IPv4, where the system can.</param>
    /// <param name="bufferSize">How many bytes the system is asked to hold that have not been received yet.</param>
    /// <param name="hasThread">Whether it receives on a thread of its own, which is worth it where much comes.</param>
    /// <exception cref="SocketException">The port is taken, or the address is none of this machine.</exception>
    public static UdpTransport Bind(IPEndPoint endPoint, int bufferSize, bool hasThread)
    {
        Socket socket = Create(endPoint.AddressFamily, bufferSize);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = endPoint.Address.Equals(IPAddress.IPv6Any);
            }

            socket.Bind(endPoint);
            return new UdpTransport(socket, hasThread);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Listens to what is sent to a group, too; before it starts.</summary>
    /// <param name="group">The address of the group.</param>
    /// <param name="bufferSize">How many bytes the system is asked to hold.</param>
    public void Join(IPAddress group, int bufferSize)
    {
        Socket socket = Create(group.AddressFamily, bufferSize);
        try
        {
            // A socket of its own, bound to the group where that is possible, tells what was sent to the group from what was sent to this end.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            IPAddress any = group.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
            socket.Bind(new IPEndPoint(OperatingSystem.IsWindows() ? any : group, LocalEndPoint.Port));
            if (group.AddressFamily == AddressFamily.InterNetwork)
            {
                IPAddress local = LocalEndPoint.AddressFamily == AddressFamily.InterNetwork ? LocalEndPoint.Address : IPAddress.Any;
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, local));
            }
            else
            {
                socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(group, group.ScopeId));
            }

            _groups.Add(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override PeerAddress AddressOf(IPEndPoint endPoint) => PeerAddress.Of(
        endPoint.AddressFamily == AddressFamily.InterNetwork && Family == AddressFamily.InterNetworkV6 ? new IPEndPoint(endPoint.Address.MapToIPv6(), endPoint.Port) : endPoint);

    /// <inheritdoc/>
    public override void Start(DatagramHandler handler)
    {
        if (_hasThread)
        {
            _loops.Add(StartThread(handler));
        }
        else
        {
            _loops.Add(ReceiveAsync(_socket, handler, isMulticast: false));
        }

        foreach (Socket group in _groups)
        {
            _loops.Add(ReceiveAsync(group, handler, isMulticast: true));
        }
    }

    /// <summary>Receives on a thread of its own: a datagram that comes wakes one thread, and not that which watches all sockets, then one of the pool.</summary>
    private Task StartThread(DatagramHandler handler)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            Receive(handler);
            ended.SetResult();
        })
        {
            IsBackground = true,
            Name = "CoAP receive",
        };
        thread.Start();
        return ended.Task;
    }

    private void Receive(DatagramHandler handler)
    {
        if (SystemDatagrams.AreSupported)
        {
            ReceiveBatches(handler);
            return;
        }

        byte[] buffer = GC.AllocateUninitializedArray<byte>(LargestDatagram, pinned: true);
        var from = new SocketAddress(_socket.AddressFamily);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                // Closing the socket ends the call.
                int length = _socket.ReceiveFrom(buffer, SocketFlags.None, from);
                handler(PeerAddress.Of(from), buffer.AsSpan(0, length), isMulticast: false);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // Of a datagram that was sent, or the socket is closed, which is looked at next.
            }
        }
    }

    /// <summary>Takes all that has come with one call, and lets the answers go with one.</summary>
    private void ReceiveBatches(DatagramHandler handler)
    {
        var batch = new ReceiveBatch(_socket.SafeHandle, isV4: _socket.AddressFamily == AddressFamily.InterNetwork);
        while (batch.TryReceive() && !_stopping.IsCancellationRequested)
        {
            using SendBatch.Hold hold = SendBatch.Begin();
            for (int i = 0; i < batch.Count; i++)
            {
                handler(batch.From(i), batch[i], isMulticast: false);
            }
        }
    }

    /// <inheritdoc/>
    public override void Send(in PeerAddress to, ReadOnlySpan<byte> datagram)
    {
        if (to.IsV4 != (_socket.AddressFamily == AddressFamily.InterNetwork))
        {
            return;
        }

        if (_hasThread && SendBatch.TryAdd(_socket, to, datagram))
        {
            return;
        }

        lock (_sending)
        {
            to.CopyTo(_to);
            try
            {
                _socket.SendTo(datagram, SocketFlags.None, _to);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Lost, as on any way through a network.
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Wake();
        _socket.Dispose();
        _groups.ForEach(static group => group.Dispose());
        await Task.WhenAll(_loops).ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>Ends a call that waits for datagrams, and of which the framework does not know.</summary>
    private void Wake()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // A socket without a peer is not connected, which is said; but it wakes who waits.
        }
    }

    private static Socket Create(AddressFamily family, int bufferSize)
    {
        var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = bufferSize, SendBufferSize = bufferSize };
        if (OperatingSystem.IsWindows())
        {
            // Otherwise a peer that is not there any more makes the next receive fail.
            const int IgnoreUnreachable = -1744830452;
            socket.IOControl(IgnoreUnreachable, [0, 0, 0, 0], null);
        }

        return socket;
    }

    private async Task ReceiveAsync(Socket socket, DatagramHandler handler, bool isMulticast)
    {
        // Not on the caller's thread: what has come already is handed over without a pause.
        await Task.Yield();
        byte[] buffer = GC.AllocateUninitializedArray<byte>(LargestDatagram, pinned: true);
        var from = new SocketAddress(socket.AddressFamily);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                int length = await socket.ReceiveFromAsync(buffer.AsMemory(), SocketFlags.None, from, _stopping.Token).ConfigureAwait(false);
                handler(PeerAddress.Of(from), buffer.AsSpan(0, length), isMulticast);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // Of a datagram that was sent, or one that is too long for the buffer: the next one may be fine.
            }
        }
    }
}
