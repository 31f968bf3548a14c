namespace IoTStream.Mqtt.Broker;

/// <summary>How soon a session's client would get a message.</summary>
internal enum Readiness
{
    /// <summary>It is not connected.</summary>
    Away,

    /// <summary>After what waits for it.</summary>
    Busy,

    /// <summary>At once.</summary>
    Idle,
}
