using IoTStream.Mqtt.Client;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>A message that has been sent and whose acknowledgement says that it need not be stored, or no longer.</summary>
internal sealed class StoredMessage(StoreAndForward owner) : Delivery
{
    private const long NotStored = -1;

    /// <summary>Its place in the spool; negative as long as it has none.</summary>
    public long Offset { get; set; } = NotStored;

    /// <summary>Whether nothing more is to be done with it.</summary>
    public bool IsSettled { get; set; }

    public bool IsStored => Offset >= 0;

    public override void Complete(MqttReasonCode code, string? reason) =>
        owner.Settle(this, code.IsFailure() ? MqttRefusedException.Of("refused a message", code, reason) : null);

    public override void Fail(Exception reason) => owner.Settle(this, reason);
}
