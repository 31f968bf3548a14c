using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>Reads the properties of a packet and checks what can be checked without knowing the connection.</summary>
internal static class PropertyReader
{
    /// <summary>Reads the property length and the properties; null if there are none or the version has none.</summary>
    public static PacketProperties? Read(scoped ref PacketReader reader, MqttProtocolVersion version, PropertySet allowed)
    {
        if (version != MqttProtocolVersion.V500)
        {
            return null;
        }

        int length = reader.ReadVariableInteger();
        if (length == 0)
        {
            return null;
        }

        return ReadAll(reader.ReadPart(length), allowed);
    }

    /// <summary>Reads properties that stand alone, without their length.</summary>
    public static PacketProperties ReadContent(ReadOnlyMemory<byte> content, PropertySet allowed) =>
        ReadAll(new PacketReader(new ReadOnlySequence<byte>(content)), allowed);

    private static PacketProperties ReadAll(PacketReader part, PropertySet allowed)
    {
        var properties = new PacketProperties();
        var seen = default(PropertySet);
        while (part.Remaining > 0)
        {
            // Identifiers are variable byte integers, though all that exist take one byte.
            var id = (PropertyId)part.ReadVariableInteger();
            if (!allowed.Contains(id))
            {
                throw MqttProtocolException.Malformed($"Property 0x{(int)id:X2} does not exist or is not allowed in this packet.");
            }

            bool mayRepeat = id == PropertyId.UserProperty
                || (id == PropertyId.SubscriptionIdentifier && allowed == PropertySet.OfPublish);
            if (seen.Contains(id) && !mayRepeat)
            {
                throw MqttProtocolException.Violation($"The property {id} occurs more than once.");
            }

            seen = seen.With(id);
            ReadValue(ref part, id, properties);
        }

        return properties.AuthenticationData is not null && properties.AuthenticationMethod is null
            ? throw MqttProtocolException.Violation("There is authentication data without an authentication method.")
            : properties;
    }

    private static void ReadValue(scoped ref PacketReader reader, PropertyId id, PacketProperties properties)
    {
        switch (id)
        {
            case PropertyId.PayloadFormatIndicator:
                properties.PayloadFormatIndicator = ReadFlag(ref reader, id) ? (byte)1 : (byte)0;
                break;
            case PropertyId.MessageExpiryInterval:
                properties.MessageExpiryInterval = reader.ReadUInt32();
                break;
            case PropertyId.ContentType:
                properties.ContentType = reader.ReadString();
                break;
            case PropertyId.ResponseTopic:
                properties.ResponseTopic = ReadResponseTopic(ref reader);
                break;
            case PropertyId.CorrelationData:
                properties.CorrelationData = reader.ReadBinary();
                break;
            case PropertyId.SubscriptionIdentifier:
                (properties.SubscriptionIdentifiers ??= []).Add(NotZero(reader.ReadVariableInteger(), id));
                break;
            case PropertyId.SessionExpiryInterval:
                properties.SessionExpiryInterval = reader.ReadUInt32();
                break;
            case PropertyId.AssignedClientIdentifier:
                properties.AssignedClientIdentifier = reader.ReadString();
                break;
            case PropertyId.ServerKeepAlive:
                properties.ServerKeepAlive = reader.ReadUInt16();
                break;
            case PropertyId.AuthenticationMethod:
                properties.AuthenticationMethod = reader.ReadString();
                break;
            case PropertyId.AuthenticationData:
                properties.AuthenticationData = reader.ReadBinary();
                break;
            case PropertyId.RequestProblemInformation:
                properties.RequestProblemInformation = ReadFlag(ref reader, id);
                break;
            case PropertyId.WillDelayInterval:
                properties.WillDelayInterval = reader.ReadUInt32();
                break;
            case PropertyId.RequestResponseInformation:
                properties.RequestResponseInformation = ReadFlag(ref reader, id);
                break;
            case PropertyId.ResponseInformation:
                properties.ResponseInformation = reader.ReadString();
                break;
            case PropertyId.ServerReference:
                properties.ServerReference = reader.ReadString();
                break;
            case PropertyId.ReasonString:
                properties.ReasonString = reader.ReadString();
                break;
            case PropertyId.ReceiveMaximum:
                properties.ReceiveMaximum = (ushort)NotZero(reader.ReadUInt16(), id);
                break;
            case PropertyId.TopicAliasMaximum:
                properties.TopicAliasMaximum = reader.ReadUInt16();
                break;
            case PropertyId.TopicAlias:
                ushort alias = reader.ReadUInt16();
                properties.TopicAlias = alias != 0
                    ? alias
                    : throw new MqttProtocolException(MqttReasonCode.TopicAliasInvalid, "The topic alias is 0.");
                break;
            case PropertyId.MaximumQoS:
                properties.MaximumQoS = ReadFlag(ref reader, id) ? (byte)1 : (byte)0;
                break;
            case PropertyId.RetainAvailable:
                properties.RetainAvailable = ReadFlag(ref reader, id);
                break;
            case PropertyId.UserProperty:
                (properties.UserProperties ??= []).Add(new MqttUserProperty(reader.ReadString(), reader.ReadString()));
                break;
            case PropertyId.MaximumPacketSize:
                properties.MaximumPacketSize = NotZero(reader.ReadUInt32(), id);
                break;
            case PropertyId.WildcardSubscriptionAvailable:
                properties.WildcardSubscriptionAvailable = ReadFlag(ref reader, id);
                break;
            case PropertyId.SubscriptionIdentifierAvailable:
                properties.SubscriptionIdentifierAvailable = ReadFlag(ref reader, id);
                break;
            case PropertyId.SharedSubscriptionAvailable:
                properties.SharedSubscriptionAvailable = ReadFlag(ref reader, id);
                break;
            default:
                throw new InvalidOperationException($"Property {id} is allowed somewhere, but not read.");
        }
    }

    private static bool ReadFlag(scoped ref PacketReader reader, PropertyId id) => reader.ReadByte() switch
    {
        0 => false,
        1 => true,
        byte other => throw MqttProtocolException.Violation($"The property {id} is {other} instead of 0 or 1."),
    };

    private static string ReadResponseTopic(scoped ref PacketReader reader)
    {
        string topic = reader.ReadString();
        return TopicFilter.FindFaultOfName(topic) is { } fault
            ? throw MqttProtocolException.Violation($"The response topic is not valid. {fault}")
            : topic;
    }

    private static T NotZero<T>(T value, PropertyId id)
        where T : struct, IEquatable<T> =>
        value.Equals(default) ? throw MqttProtocolException.Violation($"The property {id} is 0.") : value;
}
