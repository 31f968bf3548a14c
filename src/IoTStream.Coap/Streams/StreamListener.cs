using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Streams;

/// <summary>Takes connections at a port, with or without TLS.</summary>
internal sealed class StreamListener : IAsyncDisposable
{
    private const int Backlog = 512;
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly CoapTcpOptions _options;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly RequestHandler _handler;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Task> _connections = [];
    private Task _accepting = Task.CompletedTask;

    /// <exception cref="SocketException">The port is taken, or the address is none of this machine.</exception>
    public StreamListener(IPEndPoint endPoint, CoapTcpOptions options, bool isTls, RequestHandler handler, TimeProvider time)
    {
        _options = options;
        _tls = isTls ? Tls.For(options) : null;
        _handler = handler;
        _time = time;
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                _socket.DualMode = endPoint.Address.Equals(IPAddress.IPv6Any);
            }

            _socket.Bind(endPoint);
            _socket.Listen(Backlog);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public void Start() => _accepting = AcceptAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] connections;
        lock (_connections)
        {
            connections = [.. _connections];
        }

        await Task.WhenAll(connections).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _socket.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                lock (_connections)
                {
                    if (_connections.Count >= _options.MaximumConnections)
                    {
                        socket.Dispose();
                        continue;
                    }

                    Task serving = ServeAsync(socket);
                    _connections.Add(serving);
                    _ = serving.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // Somebody who was about to connect has gone.
            }
        }
    }

    private void Remove(Task serving)
    {
        lock (_connections)
        {
            _connections.Remove(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        try
        {
            socket.NoDelay = true;
            PeerAddress peer = PeerAddress.Of((IPEndPoint)socket.RemoteEndPoint!);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            await using (stream.ConfigureAwait(false))
            {
                if (_tls is not null)
                {
                    var encrypted = new SslStream(stream);
                    stream = encrypted;
                    using var limit = new CancellationTokenSource(HandshakeLimit, _time);
                    using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
                    await encrypted.AuthenticateAsServerAsync(_tls, either.Token).ConfigureAwait(false);
                }

                var connection = new StreamConnection(stream, peer, _options.MaximumMessageSize, maximumRequests: 0, _handler);
                connection.Start();
                using (_stopping.Token.UnsafeRegister(static connection => _ = ((StreamConnection)connection!).DisposeAsync().AsTask(), connection))
                {
                    await connection.Ended.ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other end is gone, or is not who it has to be.
        }
    }
}
