using System.Net;
using System.Net.Sockets;

namespace IoTStream.Coap.Tests.Dtls;

/// <summary>Stands between one client and a server on the loopback, and does what a test says with each datagram.</summary>
internal sealed class UdpProxy : IAsyncDisposable
{
    private readonly Socket _front = Bind();
    private readonly Socket _back = Bind();
    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _loops;
    private volatile EndPoint? _client;

    public UdpProxy(IPEndPoint server)
    {
        _server = server;
        _loops = [CarryAsync(_front, isToServer: true), CarryAsync(_back, isToServer: false)];
    }

    /// <summary>What becomes of a datagram, and whether it goes to the server: those that are carried instead. By default it is carried.</summary>
    public Func<byte[], bool, IEnumerable<byte[]>> Rule { get; set; } = static (datagram, _) => [datagram];

    public int Port => ((IPEndPoint)_front.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops);
        _front.Dispose();
        _back.Dispose();
        _stopping.Dispose();
    }

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task CarryAsync(Socket from, bool isToServer)
    {
        byte[] buffer = new byte[65_535];
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult received = await from.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stopping.Token);
                if (isToServer)
                {
                    _client = received.RemoteEndPoint;
                }

                foreach (byte[] datagram in Rule(buffer[..received.ReceivedBytes], isToServer))
                {
                    await (isToServer ? _back : _front).SendToAsync(datagram, isToServer ? _server : _client!, _stopping.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The other end is not there, or not yet.
            }
        }
    }
}
