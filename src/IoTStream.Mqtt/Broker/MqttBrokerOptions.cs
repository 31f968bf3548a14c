using System.Net;

namespace IoTStream.Mqtt.Broker;

/// <summary>How a broker behaves. Immutable; checked as a whole by <see cref="MqttBroker.StartAsync"/>.</summary>
public sealed record MqttBrokerOptions
{
    // Some are left for what comes on top of limits, such as retained messages.
    private const int MostIdentifiers = 60_000;

    /// <summary>The address to listen on. Default: IPv4 loopback, so that nobody outside the machine gets in unasked.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The TCP port to listen on; 0 takes a free one, see <see cref="MqttBroker.Port"/>. Default 1883.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>
    /// The TCP port to listen on for WebSockets with the subprotocol "mqtt" (section 6), at any path; 0 takes a free one, see
    /// <see cref="MqttBroker.WebSocketPort"/>. With <see cref="Tls"/> they are secure ("wss"). Null, the default, for none.
    /// </summary>
    public int? WebSocketPort { get; init; }

    /// <summary>TLS for all ports; null, the default, for plain TCP.</summary>
    public MqttBrokerTls? Tls { get; init; }

    /// <summary>
    /// Decides about each connection: <see cref="MqttReasonCode.Success"/> lets it in, any other code is told to the client (MQTT 5.0,
    /// section 3.2.2.2). Called concurrently; cancelled after <see cref="ConnectTimeout"/>. An exception refuses the
    /// connection with <see cref="MqttReasonCode.UnspecifiedError"/>. Null, the default, lets everybody in.
    /// </summary>
    public Func<MqttConnectRequest, CancellationToken, ValueTask<MqttReasonCode>>? Authenticate { get; init; }

    /// <summary>
    /// The methods of enhanced authentication that clients of 5.0 may use (MQTT 5.0, section 4.12), when they connect and anew later; who uses one is not shown to
    /// <see cref="Authenticate"/>, and who asks for any other is refused with 0x8C. Default: none.
    /// </summary>
    public IReadOnlyList<MqttBrokerAuthentication> AuthenticationMethods { get; init; } = [];

    /// <summary>
    /// Decides whether a client may publish to a topic or subscribe to a filter: <see cref="MqttReasonCode.Success"/> permits it, any other code,
    /// such as <see cref="MqttReasonCode.NotAuthorized"/>, is told to the client (MQTT 5.0, sections 3.4.2.1 and 3.9.3). Asked for each
    /// message, with QoS 0 too, for each filter of a SUBSCRIBE, and for the topic of a will, which is refused with the connection. A message that
    /// is not permitted is dropped and counted; MQTT 3.1.1 has no way to tell its publisher. Called concurrently, on the tasks that
    /// read from clients, so it must not wait: load what it needs in <see cref="Authenticate"/>. An exception refuses with
    /// <see cref="MqttReasonCode.UnspecifiedError"/>. Null, the default, permits everything.
    /// </summary>
    /// <remarks>
    /// Who may subscribe to a filter gets all topics that the filter matches: a client that may read "plant/7" only has to be refused "plant/+".
    /// When a client comes back to its session, each of its subscriptions is asked about again; one that is not permitted any more ends without the client being told.
    /// </remarks>
    public Func<MqttAccessRequest, MqttReasonCode>? Authorize { get; init; }

    /// <summary>
    /// Where sessions that outlive their connections, and retained messages, are kept so that they outlive the process too, however it ends. A message of QoS 1 or 2 is then acknowledged
    /// when what the broker owes for it is on disk, and sent to such sessions from then on. Wills are not kept. Null, the default, keeps nothing on disk.
    /// </summary>
    public MqttBrokerStore? Store { get; init; }

    /// <summary>The most connections at a time; further ones are closed as they come. Default 20,000.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>
    /// The most connections that have not been let in yet: when there are more, the oldest of them is closed, so that a flood of those that never begin does not keep out others
    /// for long. Default 5,000.
    /// </summary>
    public int MaxPendingConnections { get; init; } = 5_000;

    /// <summary>
    /// The most memory for packets that have not come as a whole, over all connections, in bytes: a connection that would exceed it is closed with 0x97. Connections
    /// that have not been let in may take half of it. One that has to keep a part of a packet counts for 64 KiB at least. Default 256 MiB.
    /// </summary>
    public long MaxPartialPacketBytes { get; init; } = 256L << 20;

    /// <summary>How long a client may take to send a packet once it has begun; then it is disconnected. Default 60 s.</summary>
    public TimeSpan PacketTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The most sessions, connected or not; further clients are refused with 0x97. Default 100,000.</summary>
    public int MaxSessions { get; init; } = 100_000;

    /// <summary>The most subscriptions of one client; further ones are refused with 0x97. Default 10,000.</summary>
    public int MaxSubscriptionsPerClient { get; init; } = 10_000;

    /// <summary>The most retained messages; those for further topics are delivered but not retained, and counted as dropped. Default 100,000.</summary>
    public int MaxRetainedMessages { get; init; } = 100_000;

    /// <summary>
    /// The most bytes of retained messages: topics, payloads and properties. A message that would exceed them is delivered but not retained,
    /// and counted as dropped; the topic's earlier message is removed, since it is not the last any more. Default 64 MiB.
    /// </summary>
    public long MaxRetainedBytes { get; init; } = 64L << 20;

    /// <summary>The largest packet accepted, in bytes; announced to 5.0 clients (section 3.2.2.3.6). Default 1 MiB.</summary>
    public int MaximumPacketSize { get; init; } = 1 << 20;

    /// <summary>
    /// The most messages of QoS 1 and 2 that a client may have sent without the end of their handshake (section 3.2.2.3.3). Clients of 3.1.1
    /// cannot be told, and are not held to it. Default 1,024.
    /// </summary>
    public int ReceiveMaximum { get; init; } = 1024;

    /// <summary>The most messages of QoS 1 and 2 sent to a client whose handshake is not over; the client's own receive maximum may lower it. Default 1,024.</summary>
    public int MaxInflightMessages { get; init; } = 1024;

    /// <summary>
    /// The most messages of QoS 1 and 2 that wait for a client beyond those in flight. When they are reached, a connected client is a slow one (see
    /// <see cref="SlowConsumerPolicy"/>); for a client that is away the newest message is dropped and counted. Default 10,000.
    /// </summary>
    public int MaxQueuedMessages { get; init; } = 10_000;

    /// <summary>
    /// The most bytes of messages of QoS 1 and 2 that one client is owed, in flight or waiting: topics, payloads and properties. When they are reached,
    /// the same happens as with <see cref="MaxQueuedMessages"/>. A message that goes to several clients counts for each of them; one that is
    /// larger than this is still delivered to a client that is owed nothing else. Default 16 MiB.
    /// </summary>
    public long MaxQueuedBytes { get; init; } = 16L << 20;

    /// <summary>
    /// The bytes that are encoded to be sent to one client: further messages of QoS 1 and 2 wait in its queue, and for those of QoS 0 it counts
    /// as slow. A larger message is sent on its own. Default 256 KiB.
    /// </summary>
    public int OutboundBufferSize { get; init; } = 256 * 1024;

    /// <summary>What to do about subscribers that do not keep up. Default <see cref="SlowConsumerPolicy.Backpressure"/>.</summary>
    /// <remarks>
    /// Back-pressure is the default because a pipeline that loses records silently is worse than one that runs late, and an embedded broker
    /// mostly serves known subscribers. Where strangers subscribe, <see cref="SlowConsumerPolicy.DropQos0"/> protects the rest from them.
    /// </remarks>
    public SlowConsumerPolicy SlowConsumerPolicy { get; init; } = SlowConsumerPolicy.Backpressure;

    /// <summary>How long a full subscriber may make no room at all before it is disconnected. Default 30 s.</summary>
    public TimeSpan SlowConsumerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a new connection may take for TLS, CONNECT and authentication. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The longest that a session outlives its connection; also how long those of MQTT 3.1.1 without "clean session" do. Clients of 5.0 are
    /// told when they asked for more (section 3.2.2.3.2). Default one day.
    /// </summary>
    public TimeSpan MaximumSessionExpiry { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// The longest keep-alive interval, in whole seconds up to 65,535: a 5.0 client that asks for a longer one, or for none, is told to keep
    /// to this one (section 3.2.2.3.14). MQTT 3.1.1 has no way to say so. Null, the default, leaves it to the clients.
    /// </summary>
    public TimeSpan? MaximumKeepAlive { get; init; }

    /// <summary>
    /// How often the broker publishes what it counts below "$SYS/broker/", retained: "uptime" in seconds, "clients/connected", "clients/total",
    /// "subscriptions/count", "retained messages/count" and "publish/messages/received", "sent" and "dropped". Clients cannot publish
    /// below "$SYS". Null, the default, for never; otherwise half a second at least.
    /// </summary>
    public TimeSpan? SystemTopicsInterval { get; init; }

    /// <summary>The clock of all time limits. Default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <exception cref="ArgumentException">An option is out of range; the message says which and what to set.</exception>
    internal void Validate()
    {
        Require(Address is not null, nameof(Address), "null", "an address, such as IPAddress.Loopback");
        Require(TimeProvider is not null, nameof(TimeProvider), "null", "TimeProvider.System or a clock of your own");
        Require(Port is >= 0 and <= 65535, nameof(Port), Port, "a TCP port, or 0 for a free one");
        Require(WebSocketPort is null or (>= 0 and <= 65535), nameof(WebSocketPort), WebSocketPort, "a TCP port, 0 for a free one, or null");
        Require(
            SystemTopicsInterval is not { TotalSeconds: < 0.5 },
            nameof(SystemTopicsInterval), SystemTopicsInterval, "half a second or longer, or null");
        Require(MaxConnections >= 1, nameof(MaxConnections), MaxConnections, "at least 1");
        Require(MaxPendingConnections >= 1, nameof(MaxPendingConnections), MaxPendingConnections, "at least 1");
        Require(
            MaxPartialPacketBytes / 2 >= PartialPackets.LeastBuffer,
            nameof(MaxPartialPacketBytes), MaxPartialPacketBytes, $"at least {2 * PartialPackets.LeastBuffer}");
        Require(PacketTimeout > TimeSpan.Zero, nameof(PacketTimeout), PacketTimeout, "longer than zero");
        Require(AuthenticationMethods is not null, nameof(AuthenticationMethods), "null", "a list, which may be empty");
        Require(
            AuthenticationMethods!.DistinctBy(method => method.Method, StringComparer.Ordinal).Count() == AuthenticationMethods!.Count,
            nameof(AuthenticationMethods), "a list with two methods of one name", "methods of different names");
        Require(MaxSessions >= 1, nameof(MaxSessions), MaxSessions, "at least 1");
        Require(MaxSubscriptionsPerClient >= 1, nameof(MaxSubscriptionsPerClient), MaxSubscriptionsPerClient, "at least 1");
        Require(MaxRetainedMessages >= 0, nameof(MaxRetainedMessages), MaxRetainedMessages, "0 or more");
        Require(MaxRetainedBytes >= 0, nameof(MaxRetainedBytes), MaxRetainedBytes, "0 or more");
        Require(MaximumPacketSize is >= 64 and <= 268_435_460, nameof(MaximumPacketSize), MaximumPacketSize, "from 64 to 268,435,460 bytes");
        Require(ReceiveMaximum is >= 1 and <= 65535, nameof(ReceiveMaximum), ReceiveMaximum, "from 1 to 65,535");
        Require(MaxInflightMessages is >= 1 and <= 65535, nameof(MaxInflightMessages), MaxInflightMessages, "from 1 to 65,535");
        Require(MaxQueuedMessages >= 1, nameof(MaxQueuedMessages), MaxQueuedMessages, "at least 1");
        Require(MaxQueuedBytes >= 1, nameof(MaxQueuedBytes), MaxQueuedBytes, "at least 1");
        Require(
            Store is null || (long)MaxQueuedMessages + MaxInflightMessages <= MostIdentifiers,
            nameof(MaxQueuedMessages), MaxQueuedMessages, $"at most {MostIdentifiers} together with MaxInflightMessages: with a Store each has an identifier");
        Store?.Validate();
        Require(OutboundBufferSize is >= 1024 and <= 1 << 30, nameof(OutboundBufferSize), OutboundBufferSize, "from 1,024 bytes to 1 GiB");
        Require(Enum.IsDefined(SlowConsumerPolicy), nameof(SlowConsumerPolicy), SlowConsumerPolicy, "one of the enumeration's values");
        Require(SlowConsumerTimeout > TimeSpan.Zero, nameof(SlowConsumerTimeout), SlowConsumerTimeout, "longer than zero");
        Require(ConnectTimeout > TimeSpan.Zero, nameof(ConnectTimeout), ConnectTimeout, "longer than zero");
        Require(
            MaximumSessionExpiry >= TimeSpan.Zero && MaximumSessionExpiry.TotalSeconds < uint.MaxValue,
            nameof(MaximumSessionExpiry), MaximumSessionExpiry, "from zero to about 136 years");
        Require(
            MaximumKeepAlive is not { TotalSeconds: < 1 or > 65_535 },
            nameof(MaximumKeepAlive), MaximumKeepAlive, "from one second to 65,535 seconds, or null");
        Require(
            Tls is null || Tls.ServerCertificate.HasPrivateKey,
            nameof(Tls), "a server certificate without its private key", "a certificate loaded together with its key");
        Require(
            Tls is not { RequireClientCertificate: true, ClientAuthorities: null },
            nameof(Tls), "a required client certificate without authorities", "ClientAuthorities, so that it can be checked");
    }

    private static void Require<T>(bool holds, string option, T value, string wanted)
    {
        if (!holds)
        {
            throw new ArgumentException($"{nameof(MqttBrokerOptions)}.{option} is {value}. Set it to {wanted}.", option);
        }
    }
}
