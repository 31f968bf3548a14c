using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Streams;

/// <summary>A client's connections: one to each server, made when it is asked and again when it was lost. Thread-safe.</summary>
internal sealed class ClientConnections(CoapClientOptions options) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Host, int Port, bool IsTls), Task<StreamConnection>> _connections = [];
    private bool _isClosed;

    /// <exception cref="CoapException">It cannot be made.</exception>
    public async ValueTask<StreamConnection> GetAsync(RequestTarget target, CancellationToken cancellationToken)
    {
        (string Host, int Port, bool IsTls) key = (target.Host, target.Port, target.Scheme == "coaps+tcp");
        while (true)
        {
            Task<StreamConnection> connecting = FindOrConnect(key, target);
            try
            {
                StreamConnection connection = await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (!connection.IsClosed)
                {
                    return connection;
                }
            }
            catch (CoapException)
            {
                Remove(key, connecting);
                throw;
            }

            Remove(key, connecting);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<StreamConnection>[] connections;
        lock (_lock)
        {
            _isClosed = true;
            connections = [.. _connections.Values];
        }

        foreach (Task<StreamConnection> connection in connections)
        {
            try
            {
                await (await connection.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
            catch (CoapException)
            {
                // It was never made.
            }
        }
    }

    private Task<StreamConnection> FindOrConnect((string Host, int Port, bool IsTls) key, RequestTarget target)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new CoapException("The client is closed.");
            }

            if (!_connections.TryGetValue(key, out Task<StreamConnection>? connecting))
            {
                connecting = ConnectAsync(target, key.IsTls);
                _connections[key] = connecting;
            }

            return connecting;
        }
    }

    private void Remove((string Host, int Port, bool IsTls) key, Task<StreamConnection> connecting)
    {
        lock (_lock)
        {
            if (_connections.TryGetValue(key, out Task<StreamConnection>? found) && ReferenceEquals(found, connecting))
            {
                _connections.Remove(key);
            }
        }
    }

    private async Task<StreamConnection> ConnectAsync(RequestTarget target, bool isTls)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            using var limit = new CancellationTokenSource(options.ResponseTimeout, options.TimeProvider);
            await socket.ConnectAsync(target.Host, target.Port, limit.Token).ConfigureAwait(false);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (isTls)
            {
                var encrypted = new SslStream(stream);
                stream = encrypted;
                await encrypted.AuthenticateAsClientAsync(Tls.For(options.Tls, target.Host), limit.Token).ConfigureAwait(false);
            }

            var connection = new StreamConnection(stream, PeerAddress.Of((IPEndPoint)socket.RemoteEndPoint!), options.MaximumMessageSize, options.MaximumRequests, handler: null);
            connection.Start();
            await connection.Ready.WaitAsync(limit.Token).ConfigureAwait(false);

            // With TLS 1.3 a server that refuses the client says so only behind the handshake.
            return connection.IsClosed ? throw new IOException("The server has closed it before it said anything.") : connection;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException)
        {
            socket.Dispose();
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            throw new CoapException($"There is no connection to {target.Host}:{target.Port}: {e.Message}", e);
        }
    }
}
