namespace IoTStream.Mqtt.Broker;

/// <summary>What the broker does when a connected subscriber does not keep up and its bounded buffers are full.</summary>
public enum SlowConsumerPolicy
{
    /// <summary>
    /// The default. The connections that publish to it are not read until there is room, so TCP slows the publishers down and nothing is
    /// lost. A subscriber that makes no room for <see cref="MqttBrokerOptions.SlowConsumerTimeout"/> is disconnected, so that it
    /// cannot hold up the others for good.
    /// </summary>
    Backpressure = 0,

    /// <summary>Messages of QoS 0 to it are dropped and counted; for QoS 1 and 2 publishers wait as with <see cref="Backpressure"/>.</summary>
    DropQos0 = 1,

    /// <summary>It is disconnected at once, with reason code 0x97; what it is owed at QoS 1 and 2 waits in its session, if that outlives the connection.</summary>
    Disconnect = 2,
}
