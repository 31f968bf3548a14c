using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace IoTStream.Mqtt.Broker;

/// <summary>A port that clients connect to, and what they speak below MQTT.</summary>
internal sealed class Listener : IDisposable
{
    private readonly Socket _socket;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly bool _isWebSocket;

    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    public Listener(IPEndPoint address, SslServerAuthenticationOptions? tls, bool isWebSocket)
    {
        _tls = tls;
        _isWebSocket = isWebSocket;
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(address);
            _socket.Listen();
            Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public int Port { get; }

    public ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken) => _socket.AcceptAsync(cancellationToken);

    /// <summary>The bytes of a connection that was accepted here.</summary>
    public Transport Open(Socket socket, TimeProvider timeProvider) => new(socket, _tls, _isWebSocket, timeProvider);

    public void Dispose() => _socket.Dispose();
}
