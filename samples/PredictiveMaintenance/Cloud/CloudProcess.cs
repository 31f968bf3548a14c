using IoTStream.Log;
using IoTStream.Mqtt.Broker;
using IoTStream.Runtime;

namespace PredictiveMaintenance.Cloud;

/// <summary>The process of the cloud side, with a broker for gateways.</summary>
internal static class CloudProcess
{
    public static async Task RunAsync(CloudOptions options, CancellationToken stopping)
    {
        await using MqttBroker broker = await MqttBroker.StartAsync(
            new MqttBrokerOptions { Port = options.MqttPort, Store = MqttBrokerStore.At(options.Folder.Of("broker")), SlowConsumerPolicy = SlowConsumerPolicy.Backpressure }, stopping);
        await ChildProcess.ServeAsync(
            Headquarters.Describe(broker.Port, options),
            new JobOptions { Lanes = 1, EpochLog = EpochLog.At(options.Folder.Of("log")), EpochInterval = TimeSpan.FromMilliseconds(200), Restart = new RestartPolicy() },
            stopping);
    }
}
