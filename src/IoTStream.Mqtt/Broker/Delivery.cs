using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>One who gets a message, and how: what its matching subscriptions add up to (section 3.3.4).</summary>
/// <param name="Recipient">Who gets it.</param>
/// <param name="MaximumQoS">The highest of the subscriptions'.</param>
/// <param name="NoLocal">Whether all of the subscriptions exclude the recipient's own messages.</param>
/// <param name="RetainAsPublished">Whether one of the subscriptions wants to see the retain flag as it was published.</param>
/// <param name="Identifiers">The subscriptions' identifiers.</param>
/// <param name="Share">The filter of the shared subscription that the recipient was chosen from; null if it is its own.</param>
internal readonly record struct Delivery(
    Recipient Recipient, MqttQualityOfService MaximumQoS, bool NoLocal, bool RetainAsPublished, int[] Identifiers, string? Share)
{
    public static Delivery Of(Subscription subscription) => new(
        subscription.Recipient,
        subscription.Options.MaximumQoS,
        subscription.Options.NoLocal,
        subscription.Options.RetainAsPublished,
        subscription.Identifier == 0 ? [] : [subscription.Identifier],
        subscription.Share);

    /// <summary>The quality of service that the message has for the recipient (section 3.8.4).</summary>
    public MqttQualityOfService QualityOf(Publication publication) =>
        publication.QualityOfService < MaximumQoS ? publication.QualityOfService : MaximumQoS;

    public Delivery And(Subscription other)
    {
        TopicSubscription options = other.Options;
        return new Delivery(
            Recipient,
            options.MaximumQoS > MaximumQoS ? options.MaximumQoS : MaximumQoS,
            NoLocal && options.NoLocal,
            RetainAsPublished || options.RetainAsPublished,
            other.Identifier == 0 ? Identifiers : [.. Identifiers, other.Identifier],
            Share);
    }
}
