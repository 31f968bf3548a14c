using IoTStream.Mqtt;

namespace SmartCity.Simulation;

/// <summary>
/// The connections over which the fleet publishes. Readings go with QoS 0: on a TCP connection to a broker that holds its publishers back rather
/// than drop anything, nothing is lost, and an acknowledgement a reading would double the packets. The last reading of a slice on each
/// connection goes with QoS 1: its acknowledgement says that the broker has passed on all those before it.
/// </summary>
internal sealed class Uplinks : IAsyncDisposable
{
    private readonly MqttClient[] _clients;

    private Uplinks(MqttClient[] clients) => _clients = clients;

    public int Count => _clients.Length;

    public static async Task<Uplinks> ConnectAsync(MqttClientOptions broker, int count, CancellationToken cancellationToken)
    {
        var uplinks = new Uplinks([.. Enumerable.Range(0, count).Select(_ => new MqttClient(broker))]);
        try
        {
            await Parallel.ForEachAsync(uplinks._clients, cancellationToken, static (client, cancelled) => new ValueTask(client.ConnectAsync(cancelled)));
            return uplinks;
        }
        catch
        {
            await uplinks.DisposeAsync();
            throw;
        }
    }

    /// <summary>Publishes a sensor's reading. The payload is free again when the task completes.</summary>
    public ValueTask PublishAsync(Sensor sensor, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        ClientOf(sensor).PublishAsync(sensor.Topic, payload, cancellationToken: cancellationToken);

    /// <summary>Publishes the last reading of a slice on its connection.</summary>
    /// <returns>Completes when the broker has passed on everything on that connection so far.</returns>
    public Task PublishLastAsync(Sensor sensor, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        ClientOf(sensor).PublishAsync(sensor.Topic, payload.ToArray(), MqttQualityOfService.AtLeastOnce, cancellationToken: cancellationToken).AsTask();

    public async ValueTask DisposeAsync() => await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));

    private MqttClient ClientOf(Sensor sensor) => _clients[sensor.Index % _clients.Length];
}
