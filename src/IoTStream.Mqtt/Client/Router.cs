using System.Collections.Immutable;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>The client's subscriptions, and the way from a topic to their handlers.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class Router
{
    private const int CachedTopics = 65_536;
    private long _unhandled;
    private IReadOnlyList<MqttSubscription> _table = [];

    public TopicCache Topics { get; } = new(CachedTopics);

    /// <summary>Messages that matched no subscription, such as those of a session whose earlier client had others.</summary>
    public long Unhandled => Interlocked.Read(ref _unhandled);

    public IReadOnlyList<MqttSubscription> Subscriptions => Volatile.Read(ref _table);

    public void Add(MqttSubscription subscription) => Change(table => [.. table, subscription]);

    public void Remove(MqttSubscription subscription) => Change(table => [.. table.Where(other => other != subscription)]);

    /// <summary>The route of a topic: found with the topic as long as the subscriptions do not change.</summary>
    public Route Find(TopicName topic)
    {
        IReadOnlyList<MqttSubscription> table = Subscriptions;
        if (topic.Attachment is Route known && ReferenceEquals(known.Table, table))
        {
            return known;
        }

        return Create(topic, table);
    }

    /// <summary>Hands a message to those who subscribed to it.</summary>
    public ValueTask DispatchAsync(in MqttMessage message, CancellationToken cancellationToken)
    {
        MqttMessageHandler[] handlers = message.Route.Handlers;
        if (handlers.Length == 1)
        {
            return handlers[0](message, cancellationToken);
        }

        if (handlers.Length == 0)
        {
            Interlocked.Increment(ref _unhandled);
            return default;
        }

        return DispatchToAllAsync(message, cancellationToken);
    }

    // Apart from its caller, which would otherwise allocate the closure for each message.
    private static Route Create(TopicName topic, IReadOnlyList<MqttSubscription> table)
    {
        MqttMessageHandler[] handlers =
            [.. table.Where(subscription => subscription.Matches(topic.Text)).Select(subscription => subscription.Handler)];
        var route = new Route(topic, table, handlers);
        topic.Attachment = route;
        return route;
    }

    private static async ValueTask DispatchToAllAsync(MqttMessage message, CancellationToken cancellationToken)
    {
        foreach (MqttMessageHandler handler in message.Route.Handlers)
        {
            await handler(message, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Change(Func<IReadOnlyList<MqttSubscription>, IReadOnlyList<MqttSubscription>> change)
    {
        IReadOnlyList<MqttSubscription> before;
        do
        {
            before = Subscriptions;
        }
        while (Interlocked.CompareExchange(ref _table, change(before), before) != before);
    }
}
