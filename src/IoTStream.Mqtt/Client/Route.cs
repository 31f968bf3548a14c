using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>Who handles the messages of a topic, as the subscriptions were when that was found out.</summary>
internal sealed class Route(TopicName topic, IReadOnlyList<MqttSubscription> table, MqttMessageHandler[] handlers)
{
    public TopicName Topic { get; } = topic;

    /// <summary>The subscriptions that the route was made of: if they are not the present ones, it is out of date.</summary>
    public IReadOnlyList<MqttSubscription> Table { get; } = table;

    public MqttMessageHandler[] Handlers { get; } = handlers;

    /// <summary>What a handler wants to find again with the topic. Used by the source, which is its client's only subscriber.</summary>
    public object? State { get; set; }
}
