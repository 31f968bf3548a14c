namespace IoTStream.Mqtt.Client;

/// <summary>Is told what became of a published message with QoS 1 or above. The calls come under the outbox's lock: they must be short.</summary>
internal abstract class Delivery
{
    /// <summary>Whether it was published from within a message handler, which holds up the reading of the acknowledgement.</summary>
    public bool FromHandler { get; set; }

    public abstract void Complete(MqttReasonCode code, string? reason);

    public abstract void Fail(Exception reason);
}
