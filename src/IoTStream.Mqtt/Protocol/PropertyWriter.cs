namespace IoTStream.Mqtt.Protocol;

/// <summary>Writes the properties of a packet.</summary>
internal static class PropertyWriter
{
    /// <summary>The bytes that the property length and the properties take; 0 if the version has none.</summary>
    public static int Size(PacketProperties? properties, MqttProtocolVersion version)
    {
        if (version != MqttProtocolVersion.V500)
        {
            return 0;
        }

        int size = ContentSize(properties);
        return VariableInteger.SizeOf(size) + size;
    }

    /// <summary>The bytes of the properties alone.</summary>
    public static int ContentSize(PacketProperties? p)
    {
        if (p is null)
        {
            return 0;
        }

        int size = Size(p.PayloadFormatIndicator, 1) + Size(p.MessageExpiryInterval, 4) + Size(p.ContentType)
            + Size(p.ResponseTopic) + Size(p.CorrelationData) + Size(p.SessionExpiryInterval, 4)
            + Size(p.AssignedClientIdentifier) + Size(p.ServerKeepAlive, 2) + Size(p.AuthenticationMethod)
            + Size(p.AuthenticationData) + Size(p.RequestProblemInformation, 1) + Size(p.WillDelayInterval, 4)
            + Size(p.RequestResponseInformation, 1) + Size(p.ResponseInformation) + Size(p.ServerReference)
            + Size(p.ReasonString) + Size(p.ReceiveMaximum, 2) + Size(p.TopicAliasMaximum, 2) + Size(p.TopicAlias, 2)
            + Size(p.MaximumQoS, 1) + Size(p.RetainAvailable, 1) + Size(p.MaximumPacketSize, 4)
            + Size(p.WildcardSubscriptionAvailable, 1) + Size(p.SubscriptionIdentifierAvailable, 1)
            + Size(p.SharedSubscriptionAvailable, 1);
        foreach (int identifier in p.SubscriptionIdentifiers ?? [])
        {
            size += 1 + VariableInteger.SizeOf(identifier);
        }

        foreach (MqttUserProperty property in p.UserProperties ?? [])
        {
            size += 1 + PacketWriter.SizeOf(property.Name) + PacketWriter.SizeOf(property.Value);
        }

        return size;
    }

    /// <summary>Writes the property length and the properties; nothing if the version has none.</summary>
    public static void Write(scoped ref PacketWriter writer, PacketProperties? properties, MqttProtocolVersion version)
    {
        if (version == MqttProtocolVersion.V500)
        {
            writer.WriteVariableInteger(ContentSize(properties));
            WriteContent(ref writer, properties);
        }
    }

    /// <summary>Writes the properties alone.</summary>
    public static void WriteContent(scoped ref PacketWriter writer, PacketProperties? p)
    {
        if (p is null)
        {
            return;
        }

        WriteByte(ref writer, PropertyId.PayloadFormatIndicator, p.PayloadFormatIndicator);
        WriteUInt32(ref writer, PropertyId.MessageExpiryInterval, p.MessageExpiryInterval);
        WriteString(ref writer, PropertyId.ContentType, p.ContentType);
        WriteString(ref writer, PropertyId.ResponseTopic, p.ResponseTopic);
        WriteBinary(ref writer, PropertyId.CorrelationData, p.CorrelationData);
        foreach (int identifier in p.SubscriptionIdentifiers ?? [])
        {
            writer.WriteByte((int)PropertyId.SubscriptionIdentifier);
            writer.WriteVariableInteger(identifier);
        }

        WriteUInt32(ref writer, PropertyId.SessionExpiryInterval, p.SessionExpiryInterval);
        WriteString(ref writer, PropertyId.AssignedClientIdentifier, p.AssignedClientIdentifier);
        WriteUInt16(ref writer, PropertyId.ServerKeepAlive, p.ServerKeepAlive);
        WriteString(ref writer, PropertyId.AuthenticationMethod, p.AuthenticationMethod);
        WriteBinary(ref writer, PropertyId.AuthenticationData, p.AuthenticationData);
        WriteFlag(ref writer, PropertyId.RequestProblemInformation, p.RequestProblemInformation);
        WriteUInt32(ref writer, PropertyId.WillDelayInterval, p.WillDelayInterval);
        WriteFlag(ref writer, PropertyId.RequestResponseInformation, p.RequestResponseInformation);
        WriteString(ref writer, PropertyId.ResponseInformation, p.ResponseInformation);
        WriteString(ref writer, PropertyId.ServerReference, p.ServerReference);
        WriteString(ref writer, PropertyId.ReasonString, p.ReasonString);
        WriteUInt16(ref writer, PropertyId.ReceiveMaximum, p.ReceiveMaximum);
        WriteUInt16(ref writer, PropertyId.TopicAliasMaximum, p.TopicAliasMaximum);
        WriteUInt16(ref writer, PropertyId.TopicAlias, p.TopicAlias);
        WriteByte(ref writer, PropertyId.MaximumQoS, p.MaximumQoS);
        WriteFlag(ref writer, PropertyId.RetainAvailable, p.RetainAvailable);
        foreach (MqttUserProperty property in p.UserProperties ?? [])
        {
            writer.WriteByte((int)PropertyId.UserProperty);
            writer.WriteString(property.Name);
            writer.WriteString(property.Value);
        }

        WriteUInt32(ref writer, PropertyId.MaximumPacketSize, p.MaximumPacketSize);
        WriteFlag(ref writer, PropertyId.WildcardSubscriptionAvailable, p.WildcardSubscriptionAvailable);
        WriteFlag(ref writer, PropertyId.SubscriptionIdentifierAvailable, p.SubscriptionIdentifierAvailable);
        WriteFlag(ref writer, PropertyId.SharedSubscriptionAvailable, p.SharedSubscriptionAvailable);
    }

    private static int Size<T>(T? value, int size)
        where T : struct => value is null ? 0 : 1 + size;

    private static int Size(string? value) => value is null ? 0 : 1 + PacketWriter.SizeOf(value);

    private static int Size(byte[]? value) => value is null ? 0 : 1 + PacketWriter.SizeOf(value);

    private static void WriteFlag(scoped ref PacketWriter writer, PropertyId id, bool? value)
    {
        if (value is { } flag)
        {
            writer.WriteByte((int)id);
            writer.WriteByte(flag ? 1 : 0);
        }
    }

    private static void WriteByte(scoped ref PacketWriter writer, PropertyId id, byte? value)
    {
        if (value is { } number)
        {
            writer.WriteByte((int)id);
            writer.WriteByte(number);
        }
    }

    private static void WriteUInt16(scoped ref PacketWriter writer, PropertyId id, ushort? value)
    {
        if (value is { } number)
        {
            writer.WriteByte((int)id);
            writer.WriteUInt16(number);
        }
    }

    private static void WriteUInt32(scoped ref PacketWriter writer, PropertyId id, uint? value)
    {
        if (value is { } number)
        {
            writer.WriteByte((int)id);
            writer.WriteUInt32(number);
        }
    }

    private static void WriteString(scoped ref PacketWriter writer, PropertyId id, string? value)
    {
        if (value is not null)
        {
            writer.WriteByte((int)id);
            writer.WriteString(value);
        }
    }

    private static void WriteBinary(scoped ref PacketWriter writer, PropertyId id, byte[]? value)
    {
        if (value is not null)
        {
            writer.WriteByte((int)id);
            writer.WriteBinary(value);
        }
    }
}
