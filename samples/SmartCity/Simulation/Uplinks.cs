using IoTStream.Mqtt;

namespace SmartCity.Simulation;

/// <summary>
/// The connections over which the fleet publishes. By default readings go with QoS 0: on a TCP connection to a broker that holds its publishers back rather
/// than drop anything, nothing is lost, and an acknowledgement a reading would double the packets. The last reading of a slice on each
/// connection goes with QoS 1: its acknowledgement says that the broker has passed on all those before it. With QoS 1 or 2 each reading is acknowledged.
/// </summary>
internal sealed class Uplinks : IAsyncDisposable
{
    private readonly MqttClient[] _clients;
    private readonly MqttQualityOfService _qualityOfService;

    private Uplinks(MqttClient[] clients, MqttQualityOfService qualityOfService)
    {
        _clients = clients;
        _qualityOfService = qualityOfService;
    }

    public int Count => _clients.Length;

    /// <summary>Whether each reading is acknowledged, not only the last ones of a slice.</summary>
    public bool Acknowledges => _qualityOfService != MqttQualityOfService.AtMostOnce;

    public static async Task<Uplinks> ConnectAsync(
        MqttClientOptions broker, int count, MqttQualityOfService qualityOfService, CancellationToken cancellationToken)
    {
        var uplinks = new Uplinks([.. Enumerable.Range(0, count).Select(_ => new MqttClient(broker))], qualityOfService);
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

    /// <summary>Publishes a sensor's reading without waiting for an acknowledgement. The payload is free again when the task completes.</summary>
    public ValueTask PublishAsync(Sensor sensor, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        ClientOf(sensor).PublishAsync(sensor.Topic, payload, cancellationToken: cancellationToken);

    /// <summary>Publishes a reading that is acknowledged; the payload is free again at once.</summary>
    /// <returns>Completes when the broker has passed on everything on that connection so far.</returns>
    public Task PublishAcknowledgedAsync(Sensor sensor, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        ClientOf(sensor).PublishAsync(
            sensor.Topic, payload.ToArray(), Acknowledges ? _qualityOfService : MqttQualityOfService.AtLeastOnce, cancellationToken: cancellationToken).AsTask();

    public async ValueTask DisposeAsync() => await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));

    private MqttClient ClientOf(Sensor sensor) => _clients[sensor.Index % _clients.Length];
}
