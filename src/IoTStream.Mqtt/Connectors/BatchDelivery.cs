using IoTStream.Mqtt.Client;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Counts the acknowledgements of the messages of one batch.</summary>
internal sealed class BatchDelivery(int count) : Delivery
{
    private readonly TaskCompletionSource _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _remaining = count;

    /// <summary>Completes when all are acknowledged, fails when one is refused.</summary>
    public Task Acknowledged => _acknowledged.Task;

    public override void Complete(MqttReasonCode code, string? reason)
    {
        if (code.IsFailure())
        {
            Fail(MqttRefusedException.Of("refused a message", code, reason));
        }
        else if (Interlocked.Decrement(ref _remaining) == 0)
        {
            _acknowledged.TrySetResult();
        }
    }

    public override void Fail(Exception reason) => _acknowledged.TrySetException(reason);
}
