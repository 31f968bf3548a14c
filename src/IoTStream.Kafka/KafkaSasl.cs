using Confluent.Kafka;

namespace IoTStream.Kafka;

/// <summary>How a client proves to brokers who it is (SASL). Without <see cref="KafkaCluster.Tls"/> passwords and tokens can be read on the way.</summary>
/// <remarks>Immutable and thread-safe. Its text does not tell secrets.</remarks>
public sealed class KafkaSasl
{
    private readonly string _text;
    private readonly Action<ClientConfig> _configure;

    private KafkaSasl(string text, Action<ClientConfig> configure)
    {
        _text = text;
        _configure = configure;
    }

    /// <summary>What gives tokens, if the client asks for them itself.</summary>
    internal Func<CancellationToken, ValueTask<KafkaToken>>? TokenProvider { get; private init; }

    /// <summary>By name and password (PLAIN, RFC 4616).</summary>
    /// <param name="userName">The name.</param>
    /// <param name="password">The password.</param>
    public static KafkaSasl Plain(string userName, string password) => ByPassword(SaslMechanism.Plain, userName, password);

    /// <summary>By name and password, which is not sent (SCRAM-SHA-256, RFC 7677).</summary>
    /// <param name="userName">The name.</param>
    /// <param name="password">The password.</param>
    public static KafkaSasl ScramSha256(string userName, string password) => ByPassword(SaslMechanism.ScramSha256, userName, password);

    /// <summary>By name and password, which is not sent (SCRAM-SHA-512).</summary>
    /// <param name="userName">The name.</param>
    /// <param name="password">The password.</param>
    public static KafkaSasl ScramSha512(string userName, string password) => ByPassword(SaslMechanism.ScramSha512, userName, password);

    /// <summary>By tokens that the program gives (OAUTHBEARER, RFC 7628).</summary>
    /// <param name="token">Gives a token; called at the beginning and again before a token expires, on a thread of the pool. What it throws is tried again after some seconds.</param>
    public static KafkaSasl OAuthBearer(Func<CancellationToken, ValueTask<KafkaToken>> token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return new KafkaSasl("OAUTHBEARER", static config => config.SaslMechanism = SaslMechanism.OAuthBearer) { TokenProvider = token };
    }

    /// <summary>By tokens that the client gets from an OpenID Connect provider with its own credentials (OAUTHBEARER with the client credentials grant of RFC 6749).</summary>
    /// <param name="tokenEndpoint">Where tokens are given.</param>
    /// <param name="clientId">The name of the client.</param>
    /// <param name="clientSecret">Its secret.</param>
    /// <param name="scope">What the token is to be good for, if the provider wants to know.</param>
    public static KafkaSasl OpenIdConnect(Uri tokenEndpoint, string clientId, string clientSecret, string? scope = null)
    {
        ArgumentNullException.ThrowIfNull(tokenEndpoint);
        ArgumentException.ThrowIfNullOrEmpty(clientId);
        ArgumentException.ThrowIfNullOrEmpty(clientSecret);
        return new KafkaSasl($"OAUTHBEARER as {clientId}", config =>
        {
            config.SaslMechanism = SaslMechanism.OAuthBearer;
            config.SaslOauthbearerMethod = SaslOauthbearerMethod.Oidc;
            config.SaslOauthbearerTokenEndpointUrl = tokenEndpoint.AbsoluteUri;
            config.SaslOauthbearerClientId = clientId;
            config.SaslOauthbearerClientSecret = clientSecret;
            config.SaslOauthbearerScope = scope;
        });
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    internal void Configure(ClientConfig config) => _configure(config);

    private static KafkaSasl ByPassword(SaslMechanism mechanism, string userName, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(userName);
        ArgumentNullException.ThrowIfNull(password);
        return new KafkaSasl($"{mechanism} as {userName}", config =>
        {
            config.SaslMechanism = mechanism;
            config.SaslUsername = userName;
            config.SaslPassword = password;
        });
    }
}
