using System.Buffers;
using System.Text;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Protocol;

/// <summary>Valid packets of every type with everything that they may carry, drawn from a seed.</summary>
internal sealed class PacketGenerator(int seed)
{
    private static readonly string[] Alphabet = ["a", "Z", "7", " ", "\u00E9", "\u6E29", "\U0001F321", "\uFEFF", "\u0001"];
    private readonly Random _random = new(seed);

    public object Next(MqttProtocolVersion version)
    {
        bool v5 = version == MqttProtocolVersion.V500;
        return _random.Next(v5 ? 15 : 14) switch
        {
            0 => Connect(version),
            1 => ConnAck(v5),
            2 or 3 => Publish(v5),
            4 => Acknowledge(PacketType.PubAck, v5),
            5 => Acknowledge(PacketType.PubRec, v5),
            6 => Acknowledge(PacketType.PubRel, v5),
            7 => Acknowledge(PacketType.PubComp, v5),
            8 => new SubscribePacket(Id(), Many(() => Subscription(v5)), Maybe(v5, () => Properties(PropertySet.OfSubscribe))),
            9 => SubAck(PacketType.SubAck, v5),
            10 => new UnsubscribePacket(Id(), Many(Filter), Maybe(v5, () => Properties(PropertySet.OfUnsubscribe))),
            11 => SubAck(PacketType.UnsubAck, v5),
            12 => new PingPacket(Coin() ? PacketType.PingReq : PacketType.PingResp),
            13 => v5
                ? new DisconnectPacket(Code(PacketType.Disconnect), Maybe(true, () => Properties(PropertySet.OfDisconnect)))
                : new DisconnectPacket(),
            _ => new AuthPacket(Code(PacketType.Auth), Maybe(true, () => Properties(PropertySet.OfAuth))),
        };
    }

    public int NextSize() => _random.Next(6);

    private ConnectPacket Connect(MqttProtocolVersion version)
    {
        bool v5 = version == MqttProtocolVersion.V500;
        string? user = Coin() ? Text() : null;
        return new ConnectPacket
        {
            Version = version,
            ClientIdentifier = Text(),
            CleanStart = Coin(),
            KeepAlive = (ushort)_random.Next(65536),
            UserName = user,
            Password = Coin() && (v5 || user is not null) ? Bytes() : null,
            Will = Coin() ? new WillMessage(Topic(), Bytes(), Qos(), Coin(), Maybe(v5, () => Properties(PropertySet.OfWill))) : null,
            Properties = Maybe(v5, () => Properties(PropertySet.OfConnect)),
        };
    }

    private ConnAckPacket ConnAck(bool v5)
    {
        MqttReasonCode code = v5 ? Code(PacketType.ConnAck) : ReasonCodes.FromReturnCode((byte)_random.Next(6));
        return new ConnAckPacket(
            code, code == MqttReasonCode.Success && Coin(), Maybe(v5, () => Properties(PropertySet.OfConnAck)));
    }

    private PublishPacket Publish(bool v5)
    {
        MqttQualityOfService qos = Qos();
        PacketProperties? properties = Maybe(v5, () => Properties(PropertySet.OfPublish));
        return new PublishPacket
        {
            Topic = properties?.TopicAlias is not null && Coin() ? null : Topic(),
            Payload = new ReadOnlySequence<byte>(Bytes()),
            QualityOfService = qos,
            Retain = Coin(),
            Duplicate = qos != MqttQualityOfService.AtMostOnce && Coin(),
            PacketIdentifier = qos == MqttQualityOfService.AtMostOnce ? (ushort)0 : Id(),
            Properties = properties,
        };
    }

    private AcknowledgePacket Acknowledge(PacketType type, bool v5) => new(
        type, Id(), v5 ? Code(type) : MqttReasonCode.Success, Maybe(v5, () => Properties(PropertySet.OfAcknowledgement)));

    private SubAckPacket SubAck(PacketType type, bool v5)
    {
        List<MqttReasonCode> codes = v5 ? Many(() => Code(type))
            : type == PacketType.UnsubAck ? []
            : Many(() => Coin() ? MqttReasonCode.UnspecifiedError : (MqttReasonCode)_random.Next(3));
        return new SubAckPacket(type, Id(), codes, Maybe(v5, () => Properties(PropertySet.OfAcknowledgement)));
    }

    private TopicSubscription Subscription(bool v5)
    {
        string filter = Filter();
        return v5
            ? new TopicSubscription(
                filter, Qos(), !TopicFilter.IsShared(filter) && Coin(), Coin(), (MqttRetainHandling)_random.Next(3))
            : new TopicSubscription(filter, Qos());
    }

    private PacketProperties Properties(PropertySet allowed)
    {
        var p = new PacketProperties();
        bool Has(PropertyId id) => allowed.Contains(id) && Coin();
        p.PayloadFormatIndicator = Has(PropertyId.PayloadFormatIndicator) ? (byte)_random.Next(2) : null;
        p.MessageExpiryInterval = Has(PropertyId.MessageExpiryInterval) ? UInt32() : null;
        p.ContentType = Has(PropertyId.ContentType) ? Text() : null;
        p.ResponseTopic = Has(PropertyId.ResponseTopic) ? Topic().Text : null;
        p.CorrelationData = Has(PropertyId.CorrelationData) ? Bytes() : null;
        p.SubscriptionIdentifiers = !Has(PropertyId.SubscriptionIdentifier) ? null
            : allowed == PropertySet.OfPublish ? Many(() => _random.Next(1, 268_435_456)) : [_random.Next(1, 300)];
        p.SessionExpiryInterval = Has(PropertyId.SessionExpiryInterval) ? UInt32() : null;
        p.AssignedClientIdentifier = Has(PropertyId.AssignedClientIdentifier) ? Text() : null;
        p.ServerKeepAlive = Has(PropertyId.ServerKeepAlive) ? (ushort)_random.Next(65536) : null;
        p.AuthenticationMethod = Has(PropertyId.AuthenticationMethod) ? Text() : null;
        p.AuthenticationData = p.AuthenticationMethod is not null && Has(PropertyId.AuthenticationData) ? Bytes() : null;
        p.RequestProblemInformation = Has(PropertyId.RequestProblemInformation) ? Coin() : null;
        p.WillDelayInterval = Has(PropertyId.WillDelayInterval) ? UInt32() : null;
        p.RequestResponseInformation = Has(PropertyId.RequestResponseInformation) ? Coin() : null;
        p.ResponseInformation = Has(PropertyId.ResponseInformation) ? Text() : null;
        p.ServerReference = Has(PropertyId.ServerReference) ? Text() : null;
        p.ReasonString = Has(PropertyId.ReasonString) ? Text() : null;
        p.ReceiveMaximum = Has(PropertyId.ReceiveMaximum) ? Id() : null;
        p.TopicAliasMaximum = Has(PropertyId.TopicAliasMaximum) ? (ushort)_random.Next(65536) : null;
        p.TopicAlias = Has(PropertyId.TopicAlias) ? Id() : null;
        p.MaximumQoS = Has(PropertyId.MaximumQoS) ? (byte)_random.Next(2) : null;
        p.RetainAvailable = Has(PropertyId.RetainAvailable) ? Coin() : null;
        p.UserProperties = Has(PropertyId.UserProperty) ? Many(() => new MqttUserProperty(Text(), Text())) : null;
        p.MaximumPacketSize = Has(PropertyId.MaximumPacketSize) ? UInt32() | 1 : null;
        p.WildcardSubscriptionAvailable = Has(PropertyId.WildcardSubscriptionAvailable) ? Coin() : null;
        p.SubscriptionIdentifierAvailable = Has(PropertyId.SubscriptionIdentifierAvailable) ? Coin() : null;
        p.SharedSubscriptionAvailable = Has(PropertyId.SharedSubscriptionAvailable) ? Coin() : null;

        // Nothing and nothing at all are the same bytes in some packets and not in others.
        return PropertyWriter.ContentSize(p) > 0 ? p : new PacketProperties { UserProperties = [new MqttUserProperty("k", "v")] };
    }

    private MqttReasonCode Code(PacketType type)
    {
        while (true)
        {
            var code = (MqttReasonCode)_random.Next(256);
            if (ReasonCodes.IsAllowed(type, code))
            {
                return code;
            }
        }
    }

    private TopicName Topic() => TopicName.Create(string.Join('/', Many(Text)) + "t");

    private string Filter()
    {
        string levels = string.Join('/', Many(() => Coin() ? "+" : Text()));
        string filter = _random.Next(3) == 0 ? levels + "/#" : levels.Length == 0 ? "#" : levels;
        return _random.Next(6) == 0 ? "$share/group/" + filter : filter;
    }

    private string Text()
    {
        var text = new StringBuilder();
        for (int i = _random.Next(_random.Next(20) == 0 ? 400 : 6); i > 0; i--)
        {
            text.Append(Alphabet[_random.Next(Alphabet.Length)]);
        }

        return text.ToString();
    }

    private byte[] Bytes()
    {
        byte[] bytes = new byte[_random.Next(_random.Next(20) == 0 ? 3000 : 20)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private List<T> Many<T>(Func<T> next) => [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => next())];

    private T? Maybe<T>(bool possible, Func<T> next)
        where T : class => possible && Coin() ? next() : null;

    private bool Coin() => _random.Next(2) == 0;

    private ushort Id() => (ushort)_random.Next(1, 65536);

    private uint UInt32() => (uint)_random.NextInt64(1L << 32);

    private MqttQualityOfService Qos() => (MqttQualityOfService)_random.Next(3);
}
