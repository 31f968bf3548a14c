using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Mqtt.Broker;

/// <summary>The bytes of a connection: TCP, with TLS if the broker has it.</summary>
internal sealed class Transport : IAsyncDisposable
{
    // A client that does not read its farewell is not waited for longer than this.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);
    private readonly Socket _socket;
    private readonly TimeProvider _timeProvider;

    public Transport(Socket socket, TimeProvider timeProvider)
    {
        socket.NoDelay = true;
        _socket = socket;
        _timeProvider = timeProvider;
        RemoteEndPoint = socket.RemoteEndPoint;
        Stream = new NetworkStream(socket, ownsSocket: true);
    }

    public EndPoint? RemoteEndPoint { get; }

    public Stream Stream { get; private set; }

    public X509Certificate? ClientCertificate => (Stream as SslStream)?.RemoteCertificate;

    public async ValueTask SecureAsync(SslServerAuthenticationOptions options, CancellationToken cancellationToken)
    {
        var secure = new SslStream(Stream);
        Stream = secure;
        await secure.AuthenticateAsServerAsync(options, cancellationToken).ConfigureAwait(false);
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

    /// <summary>
    /// Lets the client read what was sent last: closing a socket that has unread input would reset the connection, and the farewell
    /// might be lost with it.
    /// </summary>
    public async ValueTask DrainAsync()
    {
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
}
