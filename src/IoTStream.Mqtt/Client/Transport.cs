using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Mqtt.Client;

/// <summary>A connection to a server as a stream: over TCP or a Unix domain socket, encrypted or not, or in a WebSocket over either.</summary>
internal sealed class Transport : IDisposable
{
    private readonly Func<CancellationToken, Task> _endSending;
    private readonly Action _dispose;

    private Transport(Stream stream, Func<CancellationToken, Task> endSending, Action dispose)
    {
        Stream = stream;
        _endSending = endSending;
        _dispose = dispose;
    }

    public Stream Stream { get; }

    public static Task<Transport> ConnectAsync(MqttClientOptions options, CancellationToken cancellationToken) =>
        options.WebSocketPath is null ? ConnectSocketAsync(options, cancellationToken) : ConnectWebSocketAsync(options, options.WebSocketPath, cancellationToken);

    /// <summary>Tells the other end that nothing more will be sent.</summary>
    public async Task EndSendingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _endSending(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or WebSocketException or IOException or OperationCanceledException)
        {
            // The other end was faster, or does not listen.
        }
    }

    public void Dispose()
    {
        // The connection first: a stream that is encrypted would say good-bye, to a peer that may not listen.
        _dispose();
        Stream.Dispose();
    }

    private static async Task<Transport> ConnectSocketAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        Socket socket = await OpenAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            var plain = new NetworkStream(socket, ownsSocket: true);
            Stream stream = options.Tls is null ? plain : await EncryptAsync(plain, options, cancellationToken).ConfigureAwait(false);
            return new Transport(
                stream,
                _ =>
                {
                    socket.Shutdown(SocketShutdown.Send);
                    return Task.CompletedTask;
                },
                socket.Dispose);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The bytes go in binary messages of the subprotocol "mqtt", cut anywhere (MQTT 5.0, section 6).</summary>
    private static async Task<Transport> ConnectWebSocketAsync(MqttClientOptions options, string path, CancellationToken cancellationToken)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) => new NetworkStream(await OpenAsync(options, cancellation).ConfigureAwait(false), ownsSocket: true),
            UseProxy = false,
            UseCookies = false,
        };
        if (options.Tls is not null)
        {
            handler.SslOptions = Authentication(options, options.Tls);
        }

        var invoker = new HttpMessageInvoker(handler);
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.AddSubProtocol("mqtt");
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            foreach ((string name, string value) in options.WebSocketHeaders)
            {
                socket.Options.SetRequestHeader(name, value);
            }

            var address = new UriBuilder(options.Tls is null ? "ws" : "wss", options.Host, options.EffectivePort, path).Uri;
            await socket.ConnectAsync(address, invoker, cancellationToken).ConfigureAwait(false);
            return new Transport(
                WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: false),
                cancellation => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, cancellation),
                () => Release(socket, invoker));
        }
        catch (Exception failure)
        {
            Release(socket, invoker);
            for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
            {
                if (cause is AuthenticationException)
                {
                    throw cause;
                }
            }

            throw;
        }
    }

    private static void Release(ClientWebSocket socket, HttpMessageInvoker invoker)
    {
        socket.Abort();
        socket.Dispose();
        invoker.Dispose();
    }

    private static async Task<Socket> OpenAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        Socket socket = options.UnixSocketPath is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            EndPoint address = options.UnixSocketPath is null
                ? new DnsEndPoint(options.Host, options.EffectivePort)
                : new UnixDomainSocketEndPoint(options.UnixSocketPath);
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<SslStream> EncryptAsync(Stream plain, MqttClientOptions options, CancellationToken cancellationToken)
    {
        var encrypted = new SslStream(plain, leaveInnerStreamOpen: false);
        await encrypted.AuthenticateAsClientAsync(Authentication(options, options.Tls!), cancellationToken).ConfigureAwait(false);
        return encrypted;
    }

    private static SslClientAuthenticationOptions Authentication(MqttClientOptions options, MqttTlsOptions tls)
    {
        var authentication = new SslClientAuthenticationOptions
        {
            TargetHost = tls.ServerName ?? options.Host,
            CertificateRevocationCheckMode = tls.Revocation,
            ApplicationProtocols = tls.ApplicationProtocols.Count == 0
                ? null
                : [.. tls.ApplicationProtocols.Select(static protocol => new SslApplicationProtocol(protocol))],
        };
        if (tls.Authorities is not null)
        {
            authentication.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = tls.Revocation,
            };
            authentication.CertificateChainPolicy.CustomTrustStore.AddRange(tls.Authorities);
        }

        if (tls.ClientCertificate is not null)
        {
            authentication.ClientCertificateContext = SslStreamCertificateContext.Create(tls.ClientCertificate, additionalCertificates: null, offline: true);
        }

        return authentication;
    }
}
