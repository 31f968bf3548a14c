namespace IoTStream.Mqtt.Protocol;

/// <summary>A set of properties as bits, and the sets that each kind of packet may carry (section 2.2.2.2, table 2-4).</summary>
internal readonly record struct PropertySet(ulong Bits)
{
    public static readonly PropertySet OfConnect = Of(
        PropertyId.SessionExpiryInterval, PropertyId.AuthenticationMethod, PropertyId.AuthenticationData,
        PropertyId.RequestProblemInformation, PropertyId.RequestResponseInformation, PropertyId.ReceiveMaximum,
        PropertyId.TopicAliasMaximum, PropertyId.UserProperty, PropertyId.MaximumPacketSize);

    public static readonly PropertySet OfWill = Of(
        PropertyId.PayloadFormatIndicator, PropertyId.MessageExpiryInterval, PropertyId.ContentType, PropertyId.ResponseTopic,
        PropertyId.CorrelationData, PropertyId.WillDelayInterval, PropertyId.UserProperty);

    public static readonly PropertySet OfConnAck = Of(
        PropertyId.SessionExpiryInterval, PropertyId.AssignedClientIdentifier, PropertyId.ServerKeepAlive,
        PropertyId.AuthenticationMethod, PropertyId.AuthenticationData, PropertyId.ResponseInformation,
        PropertyId.ServerReference, PropertyId.ReasonString, PropertyId.ReceiveMaximum, PropertyId.TopicAliasMaximum,
        PropertyId.MaximumQoS, PropertyId.RetainAvailable, PropertyId.UserProperty, PropertyId.MaximumPacketSize,
        PropertyId.WildcardSubscriptionAvailable, PropertyId.SubscriptionIdentifierAvailable,
        PropertyId.SharedSubscriptionAvailable);

    public static readonly PropertySet OfPublish = Of(
        PropertyId.PayloadFormatIndicator, PropertyId.MessageExpiryInterval, PropertyId.ContentType, PropertyId.ResponseTopic,
        PropertyId.CorrelationData, PropertyId.SubscriptionIdentifier, PropertyId.TopicAlias, PropertyId.UserProperty);

    public static readonly PropertySet OfSubscribe = Of(PropertyId.SubscriptionIdentifier, PropertyId.UserProperty);

    public static readonly PropertySet OfUnsubscribe = Of(PropertyId.UserProperty);

    /// <summary>PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.</summary>
    public static readonly PropertySet OfAcknowledgement = Of(PropertyId.ReasonString, PropertyId.UserProperty);

    public static readonly PropertySet OfDisconnect = Of(
        PropertyId.SessionExpiryInterval, PropertyId.ServerReference, PropertyId.ReasonString, PropertyId.UserProperty);

    public static readonly PropertySet OfAuth = Of(
        PropertyId.AuthenticationMethod, PropertyId.AuthenticationData, PropertyId.ReasonString, PropertyId.UserProperty);

    public bool Contains(PropertyId id) => (Bits & Bit(id)) != 0;

    public PropertySet With(PropertyId id) => new(Bits | Bit(id));

    private static PropertySet Of(params ReadOnlySpan<PropertyId> ids)
    {
        var set = default(PropertySet);
        foreach (PropertyId id in ids)
        {
            set = set.With(id);
        }

        return set;
    }

    private static ulong Bit(PropertyId id) => (uint)id < 64 ? 1UL << (int)id : 0;
}
