using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>CONNECT (section 3.1).</summary>
internal sealed record ConnectPacket
{
    private const string ProtocolName = "MQTT";
    private const int UserNameFlag = 0x80;
    private const int PasswordFlag = 0x40;
    private const int WillRetainFlag = 0x20;
    private const int WillFlag = 0x04;
    private const int CleanStartFlag = 0x02;
    private const int ReservedFlag = 0x01;

    public MqttProtocolVersion Version { get; init; } = MqttProtocolVersion.V500;

    public required string ClientIdentifier { get; init; }

    /// <summary>In MQTT 3.1.1 "clean session", which also ends the session with the connection.</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>Seconds; 0 for none.</summary>
    public ushort KeepAlive { get; init; }

    public string? UserName { get; init; }

    public byte[]? Password { get; init; }

    public WillMessage? Will { get; init; }

    public PacketProperties? Properties { get; init; }

    public static ConnectPacket Read(in Frame frame, TopicCache topics)
    {
        var reader = new PacketReader(frame.Body);
        MqttProtocolVersion version = ReadVersion(ref reader);
        int flags = reader.ReadByte();
        CheckFlags(flags, version);
        ushort keepAlive = reader.ReadUInt16();
        PacketProperties? properties = PropertyReader.Read(ref reader, version, PropertySet.OfConnect);
        string clientIdentifier = reader.ReadString();
        WillMessage? will = (flags & WillFlag) != 0 ? ReadWill(ref reader, flags, version, topics) : null;
        string? userName = (flags & UserNameFlag) != 0 ? reader.ReadString() : null;
        byte[]? password = (flags & PasswordFlag) != 0 ? reader.ReadBinary() : null;
        reader.ExpectEnd();
        return new ConnectPacket
        {
            Version = version,
            ClientIdentifier = clientIdentifier,
            CleanStart = (flags & CleanStartFlag) != 0,
            KeepAlive = keepAlive,
            UserName = userName,
            Password = password,
            Will = will,
            Properties = properties,
        };
    }

    /// <summary>The version that a CONNECT asks for, malformed as the rest of it may be; null if even that cannot be told.</summary>
    public static MqttProtocolVersion? PeekVersion(in Frame frame)
    {
        Span<byte> start = stackalloc byte[2 + ProtocolName.Length + 1];
        if (frame.Body.Length < start.Length)
        {
            return null;
        }

        frame.Body.Slice(0, start.Length).CopyTo(start);
        var version = (MqttProtocolVersion)start[^1];
        return start[2..^1].SequenceEqual("MQTT"u8) && Enum.IsDefined(version) ? version : null;
    }

    public void Write(IBufferWriter<byte> output)
    {
        if (Version == MqttProtocolVersion.V311 && Password is not null && UserName is null)
        {
            throw new InvalidOperationException("MQTT 3.1.1 has no password without a user name.");
        }

        long size = 2 + ProtocolName.Length + 1 + 1 + 2 + PropertyWriter.Size(Properties, Version)
            + PacketWriter.SizeOf(ClientIdentifier)
            + (UserName is null ? 0 : PacketWriter.SizeOf(UserName))
            + (Password is null ? 0 : PacketWriter.SizeOf(Password))
            + (Will is null
                ? 0
                : PropertyWriter.Size(Will.Properties, Version) + 2 + Will.Topic.Utf8.Length + PacketWriter.SizeOf(Will.Payload));
        var writer = new PacketWriter(output, PacketType.Connect, 0, size);
        writer.WriteString(ProtocolName);
        writer.WriteByte((int)Version);
        writer.WriteByte(Flags());
        writer.WriteUInt16(KeepAlive);
        PropertyWriter.Write(ref writer, Properties, Version);
        writer.WriteString(ClientIdentifier);
        if (Will is not null)
        {
            PropertyWriter.Write(ref writer, Will.Properties, Version);
            writer.WriteBinary(Will.Topic.Utf8);
            writer.WriteBinary(Will.Payload.Span);
        }

        if (UserName is not null)
        {
            writer.WriteString(UserName);
        }

        if (Password is not null)
        {
            writer.WriteBinary(Password);
        }

        writer.Complete();
    }

    private static MqttProtocolVersion ReadVersion(scoped ref PacketReader reader)
    {
        string name = reader.ReadString();
        byte level = reader.ReadByte();
        return name == ProtocolName && level is (int)MqttProtocolVersion.V311 or (int)MqttProtocolVersion.V500
            ? (MqttProtocolVersion)level
            : throw new MqttProtocolException(
                MqttReasonCode.UnsupportedProtocolVersion, $"The client speaks '{name}' level {level}; MQTT 3.1.1 and 5.0 are supported.");
    }

    private static void CheckFlags(int flags, MqttProtocolVersion version)
    {
        if ((flags & ReservedFlag) != 0)
        {
            throw MqttProtocolException.Malformed("The reserved flag of CONNECT is set.");
        }

        if (WillQos(flags) > MqttQualityOfService.ExactlyOnce)
        {
            throw MqttProtocolException.Malformed("The quality of service of the will is 3.");
        }

        if ((flags & WillFlag) == 0 && ((flags & WillRetainFlag) != 0 || WillQos(flags) != MqttQualityOfService.AtMostOnce))
        {
            throw MqttProtocolException.Malformed("CONNECT has flags of a will, but no will.");
        }

        if (version == MqttProtocolVersion.V311 && (flags & PasswordFlag) != 0 && (flags & UserNameFlag) == 0)
        {
            throw MqttProtocolException.Malformed("CONNECT has a password without a user name.");
        }
    }

    private static WillMessage ReadWill(
        scoped ref PacketReader reader, int flags, MqttProtocolVersion version, TopicCache topics)
    {
        PacketProperties? properties = PropertyReader.Read(ref reader, version, PropertySet.OfWill);
        TopicName topic = reader.ReadTopicName(topics) ?? throw MqttProtocolException.Violation("The topic of the will is empty.");
        return new WillMessage(topic, reader.ReadBinary(), WillQos(flags), (flags & WillRetainFlag) != 0, properties);
    }

    private static MqttQualityOfService WillQos(int flags) => (MqttQualityOfService)((flags >> 3) & 3);

    private int Flags() => (UserName is null ? 0 : UserNameFlag)
        | (Password is null ? 0 : PasswordFlag)
        | (CleanStart ? CleanStartFlag : 0)
        | (Will is null ? 0 : WillFlag | ((int)Will.QualityOfService << 3) | (Will.Retain ? WillRetainFlag : 0));
}
