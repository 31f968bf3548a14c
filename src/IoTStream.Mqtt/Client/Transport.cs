using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Mqtt.Client;

/// <summary>A connected socket and the stream over it, encrypted or not.</summary>
internal sealed class Transport(Socket socket, Stream stream) : IDisposable
{
    public Stream Stream { get; } = stream;

    public static async Task<Transport> ConnectAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(options.Host, options.EffectivePort, cancellationToken).ConfigureAwait(false);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return new Transport(
                socket,
                options.Tls is null ? plain : await EncryptAsync(plain, options.Tls, options.Host, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Tells the other end that nothing more will be sent.</summary>
    public void EndSending()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The other end was faster.
        }
    }

    public void Dispose()
    {
        // The socket first: a stream that is encrypted would say good-bye, to a peer that may not listen.
        socket.Dispose();
        Stream.Dispose();
    }

    private static async Task<SslStream> EncryptAsync(
        Stream plain, MqttTlsOptions options, string host, CancellationToken cancellationToken)
    {
        var authentication = new SslClientAuthenticationOptions
        {
            TargetHost = options.ServerName ?? host,
            CertificateRevocationCheckMode = options.Revocation,
        };
        if (options.Authorities is not null)
        {
            authentication.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = options.Revocation,
            };
            authentication.CertificateChainPolicy.CustomTrustStore.AddRange(options.Authorities);
        }

        if (options.ClientCertificate is not null)
        {
            authentication.ClientCertificateContext =
                SslStreamCertificateContext.Create(options.ClientCertificate, additionalCertificates: null, offline: true);
        }

        var encrypted = new SslStream(plain, leaveInnerStreamOpen: false);
        await encrypted.AuthenticateAsClientAsync(authentication, cancellationToken).ConfigureAwait(false);
        return encrypted;
    }
}
