namespace IoTStream.Mqtt.Protocol;

/// <summary>One topic filter of a SUBSCRIBE with its options (section 3.8.3.1). MQTT 3.1.1 has only the quality of service.</summary>
internal sealed record TopicSubscription(
    string Filter,
    MqttQualityOfService MaximumQoS = MqttQualityOfService.AtMostOnce,
    bool NoLocal = false,
    bool RetainAsPublished = false,
    MqttRetainHandling RetainHandling = MqttRetainHandling.Send)
{
    private const int NoLocalFlag = 0b0000_0100;
    private const int RetainAsPublishedFlag = 0b0000_1000;

    /// <summary>The options as 5.0 encodes them.</summary>
    public byte OptionBits =>
        (byte)((int)MaximumQoS | (NoLocal ? NoLocalFlag : 0) | (RetainAsPublished ? RetainAsPublishedFlag : 0) | ((int)RetainHandling << 4));

    /// <summary>What <see cref="OptionBits"/> are of.</summary>
    public static TopicSubscription Of(string filter, byte options) => new(
        filter,
        (MqttQualityOfService)(options & 3),
        (options & NoLocalFlag) != 0,
        (options & RetainAsPublishedFlag) != 0,
        (MqttRetainHandling)((options >> 4) & 3));

    public static TopicSubscription Read(scoped ref PacketReader reader, MqttProtocolVersion version)
    {
        string filter = reader.ReadString();
        int options = reader.ReadByte();
        int reserved = version == MqttProtocolVersion.V500 ? 0b1100_0000 : 0b1111_1100;
        if ((options & reserved) != 0)
        {
            throw MqttProtocolException.Malformed("Reserved bits of the subscription options are set.");
        }

        TopicSubscription subscription = Of(filter, (byte)options);
        if (subscription.MaximumQoS > MqttQualityOfService.ExactlyOnce)
        {
            throw MqttProtocolException.Malformed("The quality of service of a subscription is 3.");
        }

        if (subscription.RetainHandling > MqttRetainHandling.DoNotSend)
        {
            throw MqttProtocolException.Violation("The retain handling of a subscription is 3.");
        }

        if (TopicFilter.FindFault(filter) is { } fault)
        {
            throw MqttProtocolException.Violation(fault);
        }

        return subscription.NoLocal && TopicFilter.IsShared(filter)
            ? throw MqttProtocolException.Violation("A shared subscription cannot be 'no local'.")
            : subscription;
    }

    public void Write(scoped ref PacketWriter writer, MqttProtocolVersion version)
    {
        writer.WriteString(Filter);
        writer.WriteByte(version == MqttProtocolVersion.V500 ? OptionBits : (int)MaximumQoS);
    }
}
