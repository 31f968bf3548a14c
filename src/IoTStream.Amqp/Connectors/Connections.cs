using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace IoTStream.Amqp.Connectors;

/// <summary>Opens connections. They do not recover by themselves: what is acknowledged and confirmed belongs to a channel, and whoever uses it has to know when that is gone.</summary>
internal static class Connections
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    public static Task<IConnection> OpenAsync(AmqpServer server, string name, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            VirtualHost = server.VirtualHost,
            UserName = server.UserName,
            Password = server.Password,
            RequestedHeartbeat = server.Heartbeat,
            RequestedConnectionTimeout = server.ConnectTimeout,
            HandshakeContinuationTimeout = server.ConnectTimeout,
            ContinuationTimeout = server.ConnectTimeout,
            AuthMechanisms = [server.AuthenticatesByCertificate ? new ExternalMechanismFactory() : new PlainMechanismFactory()],
        };
        return factory.CreateConnectionAsync(server.Addresses.Select(address => EndpointOf(server, address.Host, address.Port)), server.ConnectionName ?? name, cancellationToken);
    }

    /// <summary>Declares an exchange, unless it has to be there.</summary>
    public static Task DeclareAsync(IChannel channel, AmqpExchange exchange, CancellationToken cancellationToken) => exchange.Kind is null
        ? Task.CompletedTask
        : channel.ExchangeDeclareAsync(
            exchange.Name, exchange.Kind, exchange.Durable, autoDelete: false, new Dictionary<string, object?>(exchange.Arguments, StringComparer.Ordinal), cancellationToken: cancellationToken);

    /// <summary>Closes a connection, after what was written to it, or gives it up if the server does not answer.</summary>
    public static async Task CloseAsync(IConnection connection)
    {
        await connection.CloseAsync(Constants.ReplySuccess, "done", CloseTimeout, abort: true, CancellationToken.None).ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private static AmqpTcpEndpoint EndpointOf(AmqpServer server, string host, int port) => server.Tls is not { } tls
        ? new AmqpTcpEndpoint(host, port)
        : new AmqpTcpEndpoint(host, port, new SslOption
        {
            Enabled = true,
            ServerName = tls.ServerName ?? host,
            Certs = tls.ClientCertificate is null ? null : new X509CertificateCollection { tls.ClientCertificate },
            CheckCertificateRevocation = tls.ChecksRevocation,
            CertificateValidationCallback = tls.Authorities is { } authorities
                ? (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, authorities, tls.ChecksRevocation)
                : null,
        });

    private static bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authorities, bool checksRevocation)
    {
        // That the system's authorities do not know the issuer does not matter; the name does.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = checksRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        foreach (X509ChainElement element in (IEnumerable<X509ChainElement>?)sent?.ChainElements ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        using X509Certificate2 presented = X509CertificateLoader.LoadCertificate(certificate.Export(X509ContentType.Cert));
        return chain.Build(presented);
    }
}
