using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>A session's interest in a topic filter. Its parts are the <see cref="SubscriptionTree"/>'s, under whose lock they change.</summary>
internal sealed class Subscription(Session session, string filter)
{
    public Session Session { get; } = session;

    public string Filter { get; } = filter;

    public required TopicSubscription Options { get; set; }

    /// <summary>0 if there is none.</summary>
    public int Identifier { get; set; }

    public SubscriptionTree.Node? Node { get; set; }

    /// <summary>The list of the tree that it is in, and its place there, so that it is removed without a search.</summary>
    public List<Subscription> Siblings { get; set; } = [];

    public int Index { get; set; }
}
