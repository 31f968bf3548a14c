namespace IoTStream.Mqtt;

/// <summary>When a subscription is answered with the retained messages that match it (MQTT 5.0, section 3.8.3.1).</summary>
public enum MqttRetainHandling
{
    /// <summary>Each time that the subscription is made: what MQTT 3.1.1 always does, and the default.</summary>
    Send = 0,

    /// <summary>Only if the subscription did not exist before.</summary>
    SendIfNew = 1,

    /// <summary>Never.</summary>
    DoNotSend = 2,
}
