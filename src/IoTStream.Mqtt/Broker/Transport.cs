using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Mqtt.Broker;

/// <summary>The bytes of a connection: those of a stream, mostly TCP, within TLS and a WebSocket as its listener has it.</summary>
internal sealed class Transport : IAsyncDisposable
{
    // A client that does not read its farewell is not waited for longer than this.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);
    private readonly Socket? _socket;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly bool _isWebSocket;
    private readonly TimeProvider _timeProvider;

    public Transport(Socket socket, SslServerAuthenticationOptions? tls, bool isWebSocket, TimeProvider timeProvider)
        : this(Open(socket), timeProvider)
    {
        _socket = socket;
        _tls = tls;
        _isWebSocket = isWebSocket;
        RemoteEndPoint = socket.RemoteEndPoint;
    }

    public Transport(Stream stream, TimeProvider timeProvider)
    {
        Stream = stream;
        _timeProvider = timeProvider;
    }

    public EndPoint? RemoteEndPoint { get; }

    public Stream Stream { get; private set; }

    public X509Certificate? ClientCertificate { get; private set; }

    /// <summary>Does what comes before MQTT.</summary>
    /// <returns>False if the client is not to be listened to any more.</returns>
    public async ValueTask<bool> BeginAsync(CancellationToken cancellationToken)
    {
        if (_tls is not null)
        {
            var secure = new SslStream(Stream);
            Stream = secure;
            await secure.AuthenticateAsServerAsync(_tls, cancellationToken).ConfigureAwait(false);
            ClientCertificate = secure.RemoteCertificate;
        }

        if (!_isWebSocket)
        {
            return true;
        }

        if (!await HttpUpgrade.AcceptAsync(Stream, cancellationToken).ConfigureAwait(false))
        {
            await DrainAsync().ConfigureAwait(false);
            return false;
        }

        var options = new WebSocketCreationOptions { IsServer = true, SubProtocol = "mqtt", KeepAliveInterval = TimeSpan.Zero };
        Stream = new FramedStream(WebSocket.CreateFromStream(Stream, options));
        return true;
    }

    /// <summary>Waits a little for a task that depends on the client, such as sending it the last packets; false if it did not end in order.</summary>
    public async ValueTask<bool> WaitBrieflyAsync(Task task)
    {
        try
        {
            await task.WaitAsync(Linger, _timeProvider).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException || Connection.IsLoss(e))
        {
            return false;
        }
    }

    /// <summary>Says, where there is a way to, that nothing more is to come; after the last write.</summary>
    public async ValueTask EndAsync()
    {
        if (Stream is FramedStream framed)
        {
            using var limit = new CancellationTokenSource(Linger, _timeProvider);
            try
            {
                await framed.EndAsync(limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (Connection.IsLoss(e))
            {
                // The client is gone, or has had its time.
            }
        }
    }

    /// <summary>
    /// Lets the client read what was sent last: closing a socket that has unread input would reset the connection, and the farewell
    /// might be lost with it.
    /// </summary>
    public async ValueTask DrainAsync()
    {
        if (_socket is null)
        {
            return;
        }

        using var limit = new CancellationTokenSource(Linger, _timeProvider);
        byte[] sink = new byte[4096];
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            while (await _socket.ReceiveAsync(sink, limit.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (Connection.IsLoss(e))
        {
            // The client is gone, or has had its time.
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (Connection.IsLoss(e))
        {
            // TLS says good-bye when it is disposed, and the client may be gone.
        }
    }

    private static NetworkStream Open(Socket socket)
    {
        socket.NoDelay = true;
        return new NetworkStream(socket, ownsSocket: true);
    }
}
