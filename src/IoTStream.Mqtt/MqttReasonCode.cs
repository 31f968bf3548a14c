namespace IoTStream.Mqtt;

/// <summary>The outcome of an operation, as one byte (MQTT 5.0, section 2.4). Codes of 0x80 and above are failures.</summary>
public enum MqttReasonCode
{
    /// <summary>Success; also a normal disconnection and a subscription granted at QoS 0.</summary>
    Success = 0x00,

    /// <summary>The subscription is granted at QoS 1 at most.</summary>
    GrantedQos1 = 0x01,

    /// <summary>The subscription is granted at QoS 2 at most.</summary>
    GrantedQos2 = 0x02,

    /// <summary>The client leaves and wants its will published.</summary>
    DisconnectWithWill = 0x04,

    /// <summary>The message was accepted, but nobody subscribes to it.</summary>
    NoMatchingSubscribers = 0x10,

    /// <summary>There was no such subscription to end.</summary>
    NoSubscriptionExisted = 0x11,

    /// <summary>The authentication goes on with another step.</summary>
    ContinueAuthentication = 0x18,

    /// <summary>The client starts to authenticate anew.</summary>
    ReAuthenticate = 0x19,

    /// <summary>An error that the sender does not want to explain or has no code for.</summary>
    UnspecifiedError = 0x80,

    /// <summary>A packet could not be parsed.</summary>
    MalformedPacket = 0x81,

    /// <summary>A packet that parsed holds something that is not allowed, or came out of turn.</summary>
    ProtocolError = 0x82,

    /// <summary>The packet is valid, but the receiver does not accept it.</summary>
    ImplementationSpecificError = 0x83,

    /// <summary>The server does not speak the version that was asked for.</summary>
    UnsupportedProtocolVersion = 0x84,

    /// <summary>The client identifier is not allowed.</summary>
    ClientIdentifierNotValid = 0x85,

    /// <summary>The user name or password is not accepted.</summary>
    BadUserNameOrPassword = 0x86,

    /// <summary>The client is not allowed to do this.</summary>
    NotAuthorized = 0x87,

    /// <summary>The server cannot serve now.</summary>
    ServerUnavailable = 0x88,

    /// <summary>The server has too much to do; try later.</summary>
    ServerBusy = 0x89,

    /// <summary>The client has been shut out by an administrator.</summary>
    Banned = 0x8A,

    /// <summary>The server is about to stop.</summary>
    ServerShuttingDown = 0x8B,

    /// <summary>The authentication method is not supported, or not the one of this connection.</summary>
    BadAuthenticationMethod = 0x8C,

    /// <summary>Nothing was received for one and a half times the keep-alive interval.</summary>
    KeepAliveTimeout = 0x8D,

    /// <summary>Another connection with the same client identifier took the session.</summary>
    SessionTakenOver = 0x8E,

    /// <summary>The topic filter is well formed but not accepted.</summary>
    TopicFilterInvalid = 0x8F,

    /// <summary>The topic name is well formed but not accepted.</summary>
    TopicNameInvalid = 0x90,

    /// <summary>The packet identifier is already in use.</summary>
    PacketIdentifierInUse = 0x91,

    /// <summary>The packet identifier is not known.</summary>
    PacketIdentifierNotFound = 0x92,

    /// <summary>More unacknowledged messages were sent than the receiver allows.</summary>
    ReceiveMaximumExceeded = 0x93,

    /// <summary>The topic alias is zero, above the maximum, or not known.</summary>
    TopicAliasInvalid = 0x94,

    /// <summary>The packet is larger than the receiver accepts.</summary>
    PacketTooLarge = 0x95,

    /// <summary>Messages arrive too fast.</summary>
    MessageRateTooHigh = 0x96,

    /// <summary>A limit that the receiver imposes has been reached.</summary>
    QuotaExceeded = 0x97,

    /// <summary>Closed by an administrator.</summary>
    AdministrativeAction = 0x98,

    /// <summary>The payload is not what its format indicator says.</summary>
    PayloadFormatInvalid = 0x99,

    /// <summary>The server does not keep retained messages.</summary>
    RetainNotSupported = 0x9A,

    /// <summary>The server does not support this quality of service.</summary>
    QosNotSupported = 0x9B,

    /// <summary>Use another server for the time being.</summary>
    UseAnotherServer = 0x9C,

    /// <summary>Use another server from now on.</summary>
    ServerMoved = 0x9D,

    /// <summary>The server has no shared subscriptions.</summary>
    SharedSubscriptionsNotSupported = 0x9E,

    /// <summary>Connections are opened too fast.</summary>
    ConnectionRateExceeded = 0x9F,

    /// <summary>The time that this connection was allowed is over.</summary>
    MaximumConnectTime = 0xA0,

    /// <summary>The server has no subscription identifiers.</summary>
    SubscriptionIdentifiersNotSupported = 0xA1,

    /// <summary>The server has no wildcard subscriptions.</summary>
    WildcardSubscriptionsNotSupported = 0xA2,
}
