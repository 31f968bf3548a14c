using IoTStream.Log;
using IoTStream.Mqtt.Broker;
using IoTStream.Runtime;

namespace PredictiveMaintenance.Edge;

/// <summary>The process of the gateway. It may be killed at any time, and goes on where it was when it is started again.</summary>
internal static class EdgeProcess
{
    public static async Task RunAsync(EdgeOptions options, CancellationToken stopping)
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(
            new MqttBrokerOptions
            {
                Port = options.MqttPort,
                Store = MqttBrokerStore.At(options.Folder.Of("broker")),
                SlowConsumerPolicy = SlowConsumerPolicy.Backpressure,
            },
            stopping);
        await ChildProcess.ServeAsync(
            Gateway.Describe(broker, options),
            new JobOptions { Lanes = 1, EpochLog = EpochLog.At(options.Folder.Of("log")), EpochInterval = TimeSpan.FromMilliseconds(100), Restart = new RestartPolicy() },
            stopping);
    }
}
