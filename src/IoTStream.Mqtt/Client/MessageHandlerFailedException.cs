namespace IoTStream.Mqtt.Client;

/// <summary>Sets what a user's handler throws apart from what goes wrong with the connection.</summary>
internal sealed class MessageHandlerFailedException(string topic, Exception cause)
    : MqttClientException($"The handler of a message on '{topic}' failed; the message is not acknowledged. {cause.Message}", cause);
