using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>Decides about a CONNECT and says so in a CONNACK (sections 3.1.4 and 3.2).</summary>
internal sealed class Admission(BrokerContext context)
{
    /// <summary>The highest topic alias that clients may use (section 3.2.2.3.8); also the most that the broker gives; that many entries are what it costs.</summary>
    public const int TopicAliasMaximum = 256;

    private readonly MqttBrokerOptions _options = context.Options;

    /// <summary>What answers a first packet that could not even be read; null where the version has nothing to say.</summary>
    public static ConnAckPacket? Refusal(MqttProtocolVersion version, MqttReasonCode reasonCode) =>
        version == MqttProtocolVersion.V500 || reasonCode == MqttReasonCode.UnsupportedProtocolVersion
            ? new ConnAckPacket(ReasonCodes.IsAllowed(PacketType.ConnAck, reasonCode) ? reasonCode : MqttReasonCode.UnspecifiedError)
            : null;

    /// <summary>Makes up an identifier for a client that brings none.</summary>
    public static string ClientIdentifierOf(ConnectPacket connect) =>
        connect.ClientIdentifier.Length > 0 ? connect.ClientIdentifier : $"auto-{Guid.NewGuid():N}";

    public static MqttConnectRequest RequestOf(ConnectPacket connect, string clientIdentifier, Transport transport) => new()
    {
        ClientIdentifier = clientIdentifier,
        UserName = connect.UserName,
        Password = connect.Password is null ? default(ReadOnlyMemory<byte>?) : connect.Password,
        ClientCertificate = transport.ClientCertificate,
        RemoteEndPoint = transport.RemoteEndPoint,
        ProtocolVersion = connect.Version,
    };

    /// <summary>The enhanced authentication that the client asks for; null if it asks for none, or for one that there is not.</summary>
    public Authenticator? AuthenticatorOf(ConnectPacket connect, MqttConnectRequest request) => connect.Properties?.AuthenticationMethod is { } method
        && _options.AuthenticationMethods.FirstOrDefault(known => known.Method == method) is { } authentication
            ? new Authenticator(authentication, request, context)
            : null;

    /// <summary>What refuses a client.</summary>
    public static ConnAckPacket Refuse(MqttReasonCode decision, MqttConnectRequest request) => new(
        decision,
        Properties: decision is MqttReasonCode.UseAnotherServer or MqttReasonCode.ServerMoved && request.ServerReference is { } reference
            ? new PacketProperties { ServerReference = reference }
            : null);

    /// <param name="connect">What it asks for.</param>
    /// <param name="request">What the user is shown.</param>
    /// <param name="authorization">Asks about its will.</param>
    /// <param name="exchange">Its enhanced authentication, if it has one.</param>
    /// <param name="cancellationToken">Cancelled when the time is over.</param>
    public async ValueTask<MqttReasonCode> DecideAsync(
        ConnectPacket connect,
        MqttConnectRequest request,
        Authorization authorization,
        Func<CancellationToken, ValueTask<MqttReasonCode>>? exchange,
        CancellationToken cancellationToken)
    {
        if (connect is { Version: MqttProtocolVersion.V311, CleanStart: false, ClientIdentifier: "" })
        {
            return MqttReasonCode.ClientIdentifierNotValid;
        }

        if (connect.Properties?.AuthenticationMethod is not null && exchange is null)
        {
            return MqttReasonCode.BadAuthenticationMethod;
        }

        MqttReasonCode decision = exchange is not null ? Admitted(await exchange(cancellationToken).ConfigureAwait(false))
            : _options.Authenticate is null ? MqttReasonCode.Success
            : await AuthenticateAsync(request, cancellationToken).ConfigureAwait(false);
        return decision == MqttReasonCode.Success && connect.Will is { } will
            ? Admitted(authorization.Publish(will.Topic.Text, will.QualityOfService, will.Retain))
            : decision;
    }

    /// <summary>After how many seconds without a packet a client is gone, its margin not included; 0 for never.</summary>
    public int KeepAlive(ConnectPacket connect)
    {
        // MQTT 3.1.1 cannot be told of another interval than its own.
        bool isTooLong = connect.KeepAlive == 0 || connect.KeepAlive > (_options.MaximumKeepAlive?.TotalSeconds ?? int.MaxValue);
        return connect.Version == MqttProtocolVersion.V500 && isTooLong && _options.MaximumKeepAlive is { } maximum
            ? (int)maximum.TotalSeconds
            : connect.KeepAlive;
    }

    /// <summary>How long the session outlives its connection.</summary>
    public TimeSpan SessionExpiry(ConnectPacket connect)
    {
        TimeSpan wanted = connect.Version == MqttProtocolVersion.V500
            ? TimeSpan.FromSeconds(connect.Properties?.SessionExpiryInterval ?? 0)
            : connect.CleanStart ? TimeSpan.Zero : TimeSpan.MaxValue;
        return wanted < _options.MaximumSessionExpiry ? wanted : _options.MaximumSessionExpiry;
    }

    public ConnAckPacket Accept(ConnectPacket connect, string clientIdentifier, bool sessionPresent, PacketProperties? authentication)
    {
        if (connect.Version != MqttProtocolVersion.V500)
        {
            return new ConnAckPacket(MqttReasonCode.Success, sessionPresent);
        }

        uint granted = (uint)SessionExpiry(connect).TotalSeconds;
        var properties = new PacketProperties
        {
            AssignedClientIdentifier = connect.ClientIdentifier.Length == 0 ? clientIdentifier : null,
            SessionExpiryInterval = granted < (connect.Properties?.SessionExpiryInterval ?? 0) ? granted : null,
            ReceiveMaximum = (ushort)_options.ReceiveMaximum,
            MaximumPacketSize = (uint)_options.MaximumPacketSize,
            TopicAliasMaximum = TopicAliasMaximum,
            AuthenticationMethod = authentication?.AuthenticationMethod,
            AuthenticationData = authentication?.AuthenticationData,
            ServerKeepAlive = KeepAlive(connect) == connect.KeepAlive ? null : (ushort)KeepAlive(connect),
        };
        return new ConnAckPacket(MqttReasonCode.Success, sessionPresent, properties);
    }

    private static MqttReasonCode Admitted(MqttReasonCode decision) =>
        ReasonCodes.IsAllowed(PacketType.ConnAck, decision) ? decision : MqttReasonCode.UnspecifiedError;

    private async ValueTask<MqttReasonCode> AuthenticateAsync(MqttConnectRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return Admitted(await _options.Authenticate!(request, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The user's fault must not become the broker's; the count tells that there was one.
            context.Counters.CountFault();
            return MqttReasonCode.UnspecifiedError;
        }
    }
}
