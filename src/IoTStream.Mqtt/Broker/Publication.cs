using System.Buffers;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>A message on its way through the broker, encoded once as far as it is the same for all subscribers.</summary>
/// <remarks>
/// A connection reuses one instance for all that it receives; its payload is then a slice of the receive buffer. Whoever wants to have
/// the message later takes <see cref="Keep"/>.
/// </remarks>
internal sealed class Publication
{
    /// <summary>The <see cref="ExpiresAt"/> of messages that do not expire.</summary>
    public static readonly TimeSpan Never = TimeSpan.MaxValue;

    private const int ExpirySize = 5;
    private const int AliasSize = 3;
    private Publication? _kept;

    public TopicName Topic { get; private set; } = null!;

    public ReadOnlySequence<byte> Payload { get; private set; }

    /// <summary>The encoded 5.0 properties that are passed on as they came: all but expiry, alias and subscription identifiers.</summary>
    public ReadOnlyMemory<byte> Properties { get; private set; }

    /// <summary>On the broker's clock.</summary>
    public TimeSpan ExpiresAt { get; private set; } = Never;

    public MqttQualityOfService QualityOfService { get; private set; }

    /// <summary>Whether somebody subscribes to the topic; set by the <see cref="Router"/>.</summary>
    public bool HasSubscribers { get; set; }

    /// <summary>The retain flag as published.</summary>
    public bool Retain { get; private set; }

    /// <summary>The number by which the <see cref="Journal"/> knows it, 0 for none; the journal's.</summary>
    public long StoredAs { get; set; }

    /// <summary>The bytes that it holds as long as it is kept.</summary>
    public long Size => Topic.Utf8.Length + Payload.Length + Properties.Length;

    public static Publication Of(WillMessage will, TimeSpan now)
    {
        var publication = new Publication
        {
            Topic = will.Topic,
            Payload = new ReadOnlySequence<byte>(will.Payload),
            QualityOfService = will.QualityOfService,
            Retain = will.Retain,
        };
        publication.SetProperties(will.Properties, now);
        publication._kept = publication;
        return publication;
    }

    /// <summary>A message that was found on disk.</summary>
    public static Publication Stored(
        long number,
        TopicName topic,
        byte[] payload,
        byte[] properties,
        TimeSpan expiresAt,
        MqttQualityOfService qualityOfService,
        bool retain)
    {
        var publication = new Publication
        {
            StoredAs = number,
            Topic = topic,
            Payload = new ReadOnlySequence<byte>(payload),
            Properties = properties,
            ExpiresAt = expiresAt,
            QualityOfService = qualityOfService,
            Retain = retain,
        };
        publication._kept = publication;
        return publication;
    }

    /// <summary>Makes this instance another message.</summary>
    public void Set(TopicName topic, in PublishPacket packet, TimeSpan now)
    {
        Topic = topic;
        Payload = packet.Payload;
        QualityOfService = packet.QualityOfService;
        Retain = packet.Retain;
        _kept = null;
        SetProperties(packet.Properties, now);
    }

    /// <summary>The message with memory of its own; the same instance each time.</summary>
    public Publication Keep()
    {
        if (_kept is null)
        {
            _kept = new Publication
            {
                Topic = Topic,
                Payload = new ReadOnlySequence<byte>(Payload.ToArray()),
                Properties = Properties,
                ExpiresAt = ExpiresAt,
                QualityOfService = QualityOfService,
                Retain = Retain,
            };
            _kept._kept = _kept;
        }

        return _kept;
    }

    /// <summary>The size of the packet's body as <see cref="Write"/> writes it.</summary>
    public long BodySize(in PublishHeader header, MqttProtocolVersion version)
    {
        long size = 2 + (header.OmitsTopic ? 0 : Topic.Utf8.Length) + (header.PacketIdentifier == 0 ? 0 : 2) + Payload.Length;
        if (version == MqttProtocolVersion.V500)
        {
            int properties = PropertiesSize(header);
            size += VariableInteger.SizeOf(properties) + properties;
        }

        return size;
    }

    public void Write(IBufferWriter<byte> output, in PublishHeader header, MqttProtocolVersion version, long bodySize, TimeSpan now)
    {
        int flags = PublishPacket.Flags(header.QualityOfService, header.Retain, header.Duplicate);
        var writer = new PacketWriter(output, PacketType.Publish, flags, bodySize, appended: Payload.Length);
        writer.WriteBinary(header.OmitsTopic ? [] : Topic.Utf8);
        if (header.PacketIdentifier != 0)
        {
            writer.WriteUInt16(header.PacketIdentifier);
        }

        if (version == MqttProtocolVersion.V500)
        {
            WriteProperties(ref writer, header, now);
        }

        writer.Complete();
        foreach (ReadOnlyMemory<byte> segment in Payload)
        {
            output.Write(segment.Span);
        }
    }

    private void SetProperties(PacketProperties? properties, TimeSpan now)
    {
        Properties = default;
        ExpiresAt = Never;
        if (properties is null)
        {
            return;
        }

        if (properties.MessageExpiryInterval is { } seconds)
        {
            ExpiresAt = now + TimeSpan.FromSeconds(seconds);
        }

        properties.MessageExpiryInterval = null;
        properties.TopicAlias = null;
        properties.WillDelayInterval = null;
        int size = PropertyWriter.ContentSize(properties);
        if (size > 0)
        {
            var output = new ArrayBufferWriter<byte>(size);
            var writer = new PacketWriter(output, size);
            PropertyWriter.WriteContent(ref writer, properties);
            writer.Complete();
            Properties = output.WrittenMemory;
        }
    }

    private void WriteProperties(scoped ref PacketWriter writer, in PublishHeader header, TimeSpan now)
    {
        writer.WriteVariableInteger(PropertiesSize(header));
        if (ExpiresAt != Never)
        {
            writer.WriteByte((int)PropertyId.MessageExpiryInterval);
            writer.WriteUInt32((uint)Math.Clamp(Math.Ceiling((ExpiresAt - now).TotalSeconds), 0, uint.MaxValue));
        }

        if (header.TopicAlias != 0)
        {
            writer.WriteByte((int)PropertyId.TopicAlias);
            writer.WriteUInt16(header.TopicAlias);
        }

        foreach (int identifier in header.SubscriptionIdentifiers)
        {
            writer.WriteByte((int)PropertyId.SubscriptionIdentifier);
            writer.WriteVariableInteger(identifier);
        }

        writer.WriteRaw(Properties.Span);
    }

    private int PropertiesSize(in PublishHeader header)
    {
        int size = Properties.Length + (ExpiresAt == Never ? 0 : ExpirySize) + (header.TopicAlias == 0 ? 0 : AliasSize);
        foreach (int identifier in header.SubscriptionIdentifiers)
        {
            size += 1 + VariableInteger.SizeOf(identifier);
        }

        return size;
    }
}
