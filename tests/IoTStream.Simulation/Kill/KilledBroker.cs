using IoTStream.Mqtt.Broker;

namespace IoTStream.Simulation.Kill;

/// <summary>A broker with a store, in a process of its own.</summary>
internal static class KilledBroker
{
    public static async Task RunAsync(int port, string directory)
    {
        // Small segments, so that it is also killed while everything is written anew.
        await using MqttBroker broker = await MqttBroker.StartAsync(new MqttBrokerOptions
        {
            Port = port, Store = MqttBrokerStore.At(directory) with { SegmentSize = 64 * 1024 },
        });
        await Console.Out.WriteLineAsync("running");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }
}
