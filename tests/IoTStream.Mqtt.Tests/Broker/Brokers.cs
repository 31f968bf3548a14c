using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Broker;

internal static class Brokers
{
    /// <summary>Starts a broker on a free port.</summary>
    public static Task<MqttBroker> StartAsync(Func<MqttBrokerOptions, MqttBrokerOptions>? configure = null)
    {
        var options = new MqttBrokerOptions { Port = 0 };
        return MqttBroker.StartAsync(configure is null ? options : configure(options));
    }

    public static Task SubscriptionsAsync(this MqttBroker broker, int count) =>
        Limits.UntilAsync(() => broker.Statistics.Subscriptions == count, $"{count} subscriptions");
}
