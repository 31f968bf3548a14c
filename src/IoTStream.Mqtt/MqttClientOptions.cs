namespace IoTStream.Mqtt;

/// <summary>Where and how a client connects.</summary>
/// <remarks>
/// Immutable and thread-safe; the same options can serve any number of clients, sources and sinks, as long as
/// <see cref="ClientId"/> is left to them or differs. Checked when they are first used, with a message that says what to change.
/// </remarks>
public sealed record MqttClientOptions
{
    /// <summary>The server's name or address.</summary>
    public required string Host { get; init; }

    /// <summary>The server's port; by default 1883, or 8883 with <see cref="Tls"/>; with <see cref="WebSocketPath"/> 80 or 443.</summary>
    public int? Port { get; init; }

    /// <summary>The path of a WebSocket to connect to, such as "/mqtt" (section 6); by default the connection is none.</summary>
    public string? WebSocketPath { get; init; }

    /// <summary>Headers of the request for the WebSocket, such as a token that a gateway before the server asks for; default none.</summary>
    public IReadOnlyDictionary<string, string> WebSocketHeaders { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>A Unix domain socket to connect to instead of a TCP port; <see cref="Host"/> is then only a name. By default none.</summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>The version to speak; by default 5.0.</summary>
    public MqttProtocolVersion Version { get; init; } = MqttProtocolVersion.V500;

    /// <summary>
    /// Names the client, and its session if that outlives the connection (MQTT 5.0, section 3.1.3.1). No two connections to a server may
    /// have the same: the later one ends the earlier. By default a random one is made up for each client.
    /// </summary>
    public string? ClientId { get; init; }

    /// <summary>The user name, if the server asks for one.</summary>
    public string? UserName { get; init; }

    /// <summary>The password, if the server asks for one; sent as UTF-8.</summary>
    public string? Password { get; init; }

    /// <summary>
    /// Whether a session that the server still has from earlier is thrown away when the client connects for the first time (section 3.1.2.4);
    /// default true. With MQTT 3.1.1 this also says that the session ends with the connection ("clean session").
    /// </summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>
    /// How long the server keeps the session, that is subscriptions and messages with QoS 1 and 2, after a connection is lost (section 3.1.2.11.2), to a
    /// second; default zero. <see cref="Timeout.InfiniteTimeSpan"/> for ever. MQTT 3.1.1 has no such limit: there
    /// <see cref="CleanStart"/> decides alone.
    /// </summary>
    public TimeSpan SessionExpiry { get; init; }

    /// <summary>
    /// The longest time that either side is silent (section 3.1.2.10), to a second; default 60 s, zero for no limit. A connection that is
    /// silent in spite of a ping is given up, at the latest one and a half times this after its last sign of life.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long one attempt to connect may take, from the name's resolution to the server's consent; default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Proves by challenge and response who the client is (5.0); by default not.</summary>
    public MqttAuthentication? Authentication { get; init; }

    /// <summary>
    /// How many topics the server may abbreviate by numbers, 0 to 65,535 (5.0, section 3.1.2.11.5); default 0.
    /// </summary>
    public int TopicAliasMaximum { get; init; }

    /// <summary>
    /// Whether the client abbreviates the topics that it publishes to first on a connection, as many as the server allows (5.0); default false. Worth it for few topics with long names.
    /// </summary>
    public bool UseTopicAliases { get; init; }

    /// <summary>Encrypts the connection; by default it is not.</summary>
    public MqttTlsOptions? Tls { get; init; }

    /// <summary>What the server publishes if the client goes without saying so (section 3.1.2.5); by default nothing.</summary>
    public MqttWill? Will { get; init; }

    /// <summary>Pairs of strings that the server is told with each CONNECT (5.0); default none.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];

    /// <summary>
    /// Whether messages carry the context of the trace in which they are published (5.0), as user properties <c>traceparent</c> and <c>tracestate</c>; default true. Without a trace they carry none.
    /// </summary>
    public bool PropagateTraceContext { get; init; } = true;

    /// <summary>What happens when a connection is lost or cannot be made.</summary>
    public MqttReconnectOptions Reconnect { get; init; } = new();

    /// <summary>
    /// The most messages with QoS 1 and 2 that are received but not acknowledged yet, 1 to 65,535, which is also the default. MQTT 5.0 tells the server, which
    /// then waits (section 3.1.2.11.3); with MQTT 3.1.1 the client stops reading.
    /// </summary>
    public int ReceiveMaximum { get; init; } = ushort.MaxValue;

    /// <summary>
    /// The most messages with QoS 1 and 2 that are sent but not acknowledged yet, 1 to 32,767; default 1,024, or less if the server asks for it. They are kept
    /// in memory, to be sent again after a connection was lost; further ones wait. MQTT 3.1.1 servers cannot say what they take: of messages with QoS 2 at most 20
    /// are under way to them, as Mosquitto takes no more by default.
    /// </summary>
    public int MaximumInFlight { get; init; } = 1024;

    /// <summary>
    /// The largest packet that is received, in bytes; default 16 MiB. MQTT 5.0 tells the server, which drops larger messages (section 3.1.2.11.4); with
    /// MQTT 3.1.1 one ends the connection.
    /// </summary>
    public int MaximumPacketSize { get; init; } = 16 * 1024 * 1024;

    /// <summary>How many bytes are collected for sending before those who publish wait, at least 1,024; default 64 KiB.</summary>
    public int SendBuffer { get; init; } = 64 * 1024;

    /// <summary>
    /// How many bytes are read ahead, at least 4,096, while a message handler has not finished; default 1 MiB. Acknowledgements are seen
    /// as far as this, so that a handler can await what it publishes; nothing more is read until it has finished.
    /// </summary>
    public int ReadAhead { get; init; } = 1024 * 1024;

    /// <summary>The clock of time-outs, pings and delays; by default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Whether anything is read from the socket while a handler has not finished; not so for a source, which never publishes.</summary>
    internal bool ReadsAhead { get; init; } = true;

    /// <summary>Whether small reads that follow each other quickly may gather; for a source that acknowledges nothing.</summary>
    internal bool GathersReads { get; init; }

    internal int EffectivePort => Port ?? (WebSocketPath, Tls) switch
    {
        (null, null) => 1883,
        (null, _) => 8883,
        (_, null) => 80,
        _ => 443,
    };

    /// <summary>The address, without secrets.</summary>
    public override string ToString()
    {
        string scheme = (WebSocketPath is null ? "mqtt" : "ws") + (Tls is null ? "" : "s");
        return $"{scheme}://{Host}{(UnixSocketPath is null ? $":{EffectivePort}" : $"({UnixSocketPath})")}{WebSocketPath}";
    }

    internal void Validate()
    {
        Check(!string.IsNullOrWhiteSpace(Host), nameof(Host), "names no server");
        Check(EffectivePort is > 0 and <= ushort.MaxValue, nameof(Port), "has to be from 1 to 65535");
        Check(Version is MqttProtocolVersion.V311 or MqttProtocolVersion.V500, nameof(Version), "has to be one of the enumeration");
        Check(
            CleanStart || !string.IsNullOrEmpty(ClientId),
            nameof(ClientId),
            "has to be set when CleanStart is false, because the server finds the session by it");
        Check(
            Version == MqttProtocolVersion.V500 || Password is null || UserName is not null,
            nameof(Password),
            "needs a UserName with MQTT 3.1.1");
        Check(
            Version == MqttProtocolVersion.V500 || SessionExpiry == TimeSpan.Zero,
            nameof(SessionExpiry),
            "does not exist in MQTT 3.1.1; set CleanStart to false for a session that outlives the connection");
        Check(
            SessionExpiry == Timeout.InfiniteTimeSpan || SessionExpiry.TotalSeconds is >= 0 and < uint.MaxValue,
            nameof(SessionExpiry),
            "has to be zero, positive, or Timeout.InfiniteTimeSpan");
        Check(
            KeepAlive == TimeSpan.Zero || KeepAlive.TotalSeconds is >= 1 and <= ushort.MaxValue,
            nameof(KeepAlive),
            "has to be zero or from 1 to 65535 seconds");
        Check(ConnectTimeout > TimeSpan.Zero, nameof(ConnectTimeout), "has to be positive");
        Check(ReceiveMaximum is > 0 and <= ushort.MaxValue, nameof(ReceiveMaximum), "has to be from 1 to 65535");
        Check(MaximumInFlight is > 0 and <= short.MaxValue, nameof(MaximumInFlight), "has to be from 1 to 32767");
        Check(WebSocketPath is null || WebSocketPath.StartsWith('/'), nameof(WebSocketPath), "has to begin with '/'");
        Check(WebSocketHeaders is not null, nameof(WebSocketHeaders), "cannot be null");
        Check(WebSocketHeaders!.Count == 0 || WebSocketPath is not null, nameof(WebSocketHeaders), "need a WebSocketPath");
        Check(UserProperties is not null, nameof(UserProperties), "cannot be null");
        Check(Version == MqttProtocolVersion.V500 || UserProperties!.Count == 0, nameof(UserProperties), "need MQTT 5.0");
        Check(UnixSocketPath is null || UnixSocketPath.Length > 0, nameof(UnixSocketPath), "cannot be empty");
        Check(TopicAliasMaximum is >= 0 and <= ushort.MaxValue, nameof(TopicAliasMaximum), "has to be from 0 to 65535");
        Check(
            Version == MqttProtocolVersion.V500 || (TopicAliasMaximum == 0 && !UseTopicAliases), nameof(TopicAliasMaximum), "and UseTopicAliases need MQTT 5.0");
        Check(Version == MqttProtocolVersion.V500 || Authentication is null, nameof(Authentication), "needs MQTT 5.0");
        Check(MaximumPacketSize >= 128, nameof(MaximumPacketSize), "has to be at least 128 bytes");
        Check(SendBuffer >= 1024, nameof(SendBuffer), "has to be at least 1024 bytes");
        Check(ReadAhead >= 4096, nameof(ReadAhead), "has to be at least 4096 bytes");
        Check(TimeProvider is not null, nameof(TimeProvider), "cannot be null");
        Check(Reconnect is not null, nameof(Reconnect), "cannot be null");
        Reconnect!.Validate();
        Will?.Validate();
    }

    internal static void Check(bool holds, string option, string fault)
    {
        if (!holds)
        {
            throw new ArgumentException($"The MQTT option {option} {fault}.", option);
        }
    }
}
