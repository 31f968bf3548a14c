namespace IoTStream.Mqtt.Broker;

/// <summary>A client's wish to publish or to subscribe, for <see cref="MqttBrokerOptions.Authorize"/> to decide about.</summary>
/// <param name="Client">Who asks, as it was when it connected.</param>
/// <param name="Access">What it asks for.</param>
/// <param name="Topic">The topic, or the topic filter: that of a shared subscription without "$share" and the share name.</param>
/// <param name="QualityOfService">That of the message, or the highest that the subscription asks for.</param>
/// <param name="Retain">Whether a message is to be retained.</param>
public readonly record struct MqttAccessRequest(
    MqttConnectRequest Client, MqttAccess Access, string Topic, MqttQualityOfService QualityOfService, bool Retain);
