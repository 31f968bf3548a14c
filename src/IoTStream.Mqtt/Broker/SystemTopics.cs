using System.Globalization;
using System.Text;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>What the broker tells of itself below "$SYS/broker/", as retained messages: the names that Mosquitto has for them.</summary>
internal sealed class SystemTopics(BrokerContext context)
{
    private readonly TimeSpan _start = context.Clock.Now;
    private TimeSpan _due = context.Clock.Now;

    /// <summary>Whether the topic is the broker's alone.</summary>
    public static bool Has(string topic) =>
        topic.StartsWith("$SYS", StringComparison.Ordinal) && (topic.Length == 4 || topic[4] == '/');

    /// <summary>Publishes if it is time to.</summary>
    public void Publish()
    {
        TimeSpan now = context.Clock.Now;
        if (context.Options.SystemTopicsInterval is not { } interval || now < _due)
        {
            return;
        }

        _due = now + interval;
        MqttBrokerStatistics statistics = context.GetStatistics();
        Publish("uptime", (long)(now - _start).TotalSeconds);
        Publish("clients/connected", statistics.Connections);
        Publish("clients/total", statistics.Sessions);
        Publish("subscriptions/count", statistics.Subscriptions);
        Publish("retained messages/count", statistics.RetainedMessages);
        Publish("publish/messages/received", statistics.MessagesReceived);
        Publish("publish/messages/sent", statistics.MessagesSent);
        Publish("publish/messages/dropped", statistics.MessagesDropped);
    }

    private void Publish(string name, long value)
    {
        TopicName topic = context.Topics.Get(new(Encoding.UTF8.GetBytes($"$SYS/broker/{name}")));
        byte[] payload = Encoding.UTF8.GetBytes(value.ToString(CultureInfo.InvariantCulture));
        context.Router.PublishOwn(new WillMessage(topic, payload, Retain: true));
    }
}
