namespace IoTStream.Mqtt;

/// <summary>A client could not do what was asked: no connection could be made, it was lost for good, or the client was disposed.</summary>
/// <param name="message">What happened.</param>
/// <param name="cause">Why, if something else is to blame.</param>
public class MqttClientException(string message, Exception? cause = null) : Exception(message, cause);
