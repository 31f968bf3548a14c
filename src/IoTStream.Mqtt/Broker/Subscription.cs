using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>Somebody's interest in a topic filter. Its parts are the <see cref="SubscriptionTree"/>'s, under whose lock they change.</summary>
internal sealed class Subscription(Recipient recipient, string filter)
{
    private readonly int _start = TopicFilter.StartOf(filter);

    public Recipient Recipient { get; } = recipient;

    /// <summary>The filter that topics are held against, without what makes the subscription shared.</summary>
    public ReadOnlySpan<char> Filter => filter.AsSpan(_start);

    /// <summary>The share name of a shared subscription, otherwise null.</summary>
    public string? ShareName { get; } = TopicFilter.ShareNameOf(filter);

    /// <summary>The whole filter of a shared subscription, otherwise null.</summary>
    public string? Share => ShareName is null ? null : filter;

    public required TopicSubscription Options { get; set; }

    /// <summary>0 if there is none.</summary>
    public int Identifier { get; set; }

    public SubscriptionTree.Node? Node { get; set; }

    /// <summary>Those to the same filter.</summary>
    public Subscribers? Subscribers { get; set; }

    /// <summary>The place among them, or among its group's members, so that it is removed without a search.</summary>
    public int Index { get; set; }
}
