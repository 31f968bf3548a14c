namespace IoTStream.Mqtt;

/// <summary>
/// Handles the messages of a subscription, one at a time in the order in which they came. While its task runs, no other message is handled and the
/// socket is read only as far as <see cref="MqttClientOptions.ReadAhead"/> allows: that is how a slow handler holds the server back.
/// </summary>
/// <remarks>
/// A message with QoS 1 or 2 is acknowledged when the task completes, unless <see cref="MqttMessage.DeferAcknowledgement"/> was called. If the handler throws, the
/// message is not acknowledged and the client ends with that exception. Publishing in a handler, also awaited, is fine.
/// </remarks>
/// <param name="message">The message.</param>
/// <param name="cancellationToken">Cancelled when the client is disposed.</param>
public delegate ValueTask MqttMessageHandler(MqttMessage message, CancellationToken cancellationToken);
