namespace IoTStream.Mqtt.Protocol;

/// <summary>The properties of a packet; null where the packet does not have one. Which may occur where is <see cref="PropertySet"/>'s.</summary>
internal sealed class PacketProperties
{
    public byte? PayloadFormatIndicator { get; set; }

    /// <summary>Seconds.</summary>
    public uint? MessageExpiryInterval { get; set; }

    public string? ContentType { get; set; }

    public string? ResponseTopic { get; set; }

    public byte[]? CorrelationData { get; set; }

    /// <summary>One in SUBSCRIBE; in PUBLISH one for each subscription that matched. Null if there is none.</summary>
    public List<int>? SubscriptionIdentifiers { get; set; }

    /// <summary>Seconds; <see cref="uint.MaxValue"/> for a session that does not expire.</summary>
    public uint? SessionExpiryInterval { get; set; }

    public string? AssignedClientIdentifier { get; set; }

    /// <summary>Seconds.</summary>
    public ushort? ServerKeepAlive { get; set; }

    public string? AuthenticationMethod { get; set; }

    public byte[]? AuthenticationData { get; set; }

    public bool? RequestProblemInformation { get; set; }

    /// <summary>Seconds.</summary>
    public uint? WillDelayInterval { get; set; }

    public bool? RequestResponseInformation { get; set; }

    public string? ResponseInformation { get; set; }

    public string? ServerReference { get; set; }

    public string? ReasonString { get; set; }

    public ushort? ReceiveMaximum { get; set; }

    public ushort? TopicAliasMaximum { get; set; }

    public ushort? TopicAlias { get; set; }

    /// <summary>0 or 1; a server that supports QoS 2 does not send it.</summary>
    public byte? MaximumQoS { get; set; }

    public bool? RetainAvailable { get; set; }

    /// <summary>In the order of the packet. Null if there is none.</summary>
    public List<MqttUserProperty>? UserProperties { get; set; }

    /// <summary>Bytes.</summary>
    public uint? MaximumPacketSize { get; set; }

    public bool? WildcardSubscriptionAvailable { get; set; }

    public bool? SubscriptionIdentifierAvailable { get; set; }

    public bool? SharedSubscriptionAvailable { get; set; }

    /// <summary>The same properties; the lists are the same ones.</summary>
    public PacketProperties Copy() => (PacketProperties)MemberwiseClone();

    /// <summary>The same properties with a topic alias.</summary>
    public PacketProperties WithTopicAlias(ushort alias)
    {
        PacketProperties copy = Copy();
        copy.TopicAlias = alias;
        return copy;
    }
}
