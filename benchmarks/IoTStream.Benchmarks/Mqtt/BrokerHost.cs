using System.Globalization;
using IoTStream.Mqtt.Broker;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>Our broker as a process: it tells its port, answers <see cref="Questions"/>, and ends with its input.</summary>
internal static class BrokerHost
{
    public const string Verb = "mqtt-broker";

    public static async Task RunAsync()
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions { Port = 0 });
        Console.WriteLine(broker.Port.ToString(CultureInfo.InvariantCulture));
        await Questions.AnswerAsync();
    }
}
