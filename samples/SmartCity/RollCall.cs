using IoTStream.Mqtt;
using SmartCity.Traffic;

namespace SmartCity;

/// <summary>
/// Finds out whether the pipeline's subscription stands. A job may start before its broker does, so that it runs does not say so; what is
/// published before goes to nobody.
/// </summary>
internal sealed class RollCall(MqttClientOptions broker, string topic)
{
    private const int NoSensor = -1;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static ReadOnlyMemory<byte> Call { get; } =
        """{"sensor":-1,"sequence":0,"road":"","measuredAt":0,"vehicles":0,"speed":0,"pedestrians":0,"sentAt":0}"""u8.ToArray();

    /// <summary>Tells readings from calls, and takes note of the latter.</summary>
    public bool IsReading(Reading reading)
    {
        bool isCall = reading.Sensor == NoSensor;
        if (isCall)
        {
            _answered.TrySetResult();
        }

        return !isCall;
    }

    /// <summary>Calls until the pipeline has heard it.</summary>
    public async Task WaitForPipelineAsync(CancellationToken cancellationToken)
    {
        await using var client = new MqttClient(broker);
        await client.ConnectAsync(cancellationToken);
        while (!_answered.Task.IsCompleted)
        {
            await client.PublishAsync(topic, Call, MqttQualityOfService.AtLeastOnce, cancellationToken: cancellationToken);
            await Task.WhenAny(_answered.Task, Task.Delay(Pause, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
