using RabbitMQ.Client;

namespace IoTStream.Amqp;

/// <summary>Where a server of AMQP 0-9-1 is, such as RabbitMQ, and how to connect to it. Each source and each sink has a connection of its own.</summary>
/// <remarks>Immutable and thread-safe. Its text does not tell secrets.</remarks>
public sealed record AmqpServer
{
    /// <summary>Describes a server, or the nodes of a cluster.</summary>
    /// <param name="hosts"><c>HOST</c> or <c>HOST:PORT</c>, with commas between the nodes of a cluster, one of which is taken at random for each connection.</param>
    /// <exception cref="ArgumentException">It is empty, or one of them is no host and port.</exception>
    public AmqpServer(string hosts)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(hosts);
        Hosts = hosts;
        Addresses = [.. hosts.Split(',').Select(ParseAddress)];
    }

    /// <summary><c>HOST</c> or <c>HOST:PORT</c>, with commas between. Without a port it is 5672, with TLS 5671.</summary>
    public string Hosts { get; }

    /// <summary>The virtual host; default <c>/</c>.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>The name of the user; default <c>guest</c>, whom RabbitMQ lets in only from its own machine.</summary>
    public string UserName { get; init; } = "guest";

    /// <summary>The user's password; default <c>guest</c>.</summary>
    public string Password { get; init; } = "guest";

    /// <summary>
    /// Whether the client proves who it is by <see cref="AmqpTls.ClientCertificate"/> instead of a name and a password (the mechanism EXTERNAL, which RabbitMQ has as the plug-in
    /// <c>rabbitmq_auth_mechanism_ssl</c>); default false.
    /// </summary>
    public bool AuthenticatesByCertificate { get; init; }

    /// <summary>How the connection is encrypted; by default it is not.</summary>
    public AmqpTls? Tls { get; init; }

    /// <summary>What the server calls the connection in its lists; by default the names of the topology and the step.</summary>
    public string? ConnectionName { get; init; }

    /// <summary>How long a silent server is trusted, about: within twice this time a dead connection is noticed. Default 30 s; zero for never.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an attempt to connect, and an answer of the server to a request, may take; default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What is done when a connection is lost, or cannot be made.</summary>
    public AmqpReconnect Reconnect { get; init; } = new();

    internal IReadOnlyList<(string Host, int Port)> Addresses { get; }

    /// <summary>The addresses and the virtual host, without secrets.</summary>
    public override string ToString() => $"amqp{(Tls is null ? "" : "s")}://{Hosts}/{(VirtualHost == "/" ? "" : Uri.EscapeDataString(VirtualHost))}";

    internal void Validate()
    {
        Check(!string.IsNullOrEmpty(VirtualHost), nameof(VirtualHost), "cannot be empty; the default one is \"/\"");
        Check(!string.IsNullOrEmpty(UserName), nameof(UserName), "cannot be empty");
        Check(Password is not null, nameof(Password), "cannot be null");
        Check(
            !AuthenticatesByCertificate || Tls?.ClientCertificate is not null, nameof(AuthenticatesByCertificate), "needs a certificate: set Tls with a ClientCertificate");
        Check(Heartbeat == TimeSpan.Zero || Heartbeat.TotalSeconds is >= 1 and <= ushort.MaxValue, nameof(Heartbeat), "has to be zero or from 1 to 65,535 seconds");
        Check(ConnectTimeout > TimeSpan.Zero, nameof(ConnectTimeout), "has to be positive");
        Check(Reconnect is not null, nameof(Reconnect), "cannot be null");
        Reconnect!.Validate();
    }

    internal static void Check(bool holds, string option, string fault)
    {
        if (!holds)
        {
            throw new ArgumentException($"The AMQP option {option} {fault}.", option);
        }
    }

    /// <summary>Checks a text that AMQP has no room for if it is long (0-9-1, section 4.2.5.3).</summary>
    internal static void CheckShort(string text, string option) =>
        Check(System.Text.Encoding.UTF8.GetByteCount(text) <= byte.MaxValue, option, "has to have at most 255 bytes in UTF-8");

    private static (string Host, int Port) ParseAddress(string address)
    {
        string text = address.Trim();
        int colon = text.LastIndexOf(':');
        bool hasPort = colon >= 0 && !text.EndsWith(']') && (text.StartsWith('[') || text.IndexOf(':', StringComparison.Ordinal) == colon);
        string host = (hasPort ? text[..colon] : text).Trim('[', ']');
        int port = AmqpTcpEndpoint.UseDefaultPort;
        Check(
            host.Length > 0 && (!hasPort || (int.TryParse(text.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue)),
            nameof(Hosts),
            $"has '{text}', which is no HOST or HOST:PORT");
        return (host, port);
    }
}
