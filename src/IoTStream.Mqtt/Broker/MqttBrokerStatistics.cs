namespace IoTStream.Mqtt.Broker;

/// <summary>What a broker has done so far, and what it holds now.</summary>
/// <param name="Connections">Clients that are connected now.</param>
/// <param name="Sessions">Sessions, of clients connected or away.</param>
/// <param name="Subscriptions">Subscriptions of all sessions.</param>
/// <param name="RetainedMessages">Topics with a retained message.</param>
/// <param name="MessagesReceived">PUBLISH packets received.</param>
/// <param name="MessagesSent">PUBLISH packets handed to the network, repetitions included.</param>
/// <param name="MessagesDropped">Messages that were due to a subscriber and given up; the metric of that name tells the reasons.</param>
/// <param name="ProtocolErrors">Connections closed because the client broke the protocol.</param>
public readonly record struct MqttBrokerStatistics(
    int Connections,
    int Sessions,
    int Subscriptions,
    int RetainedMessages,
    long MessagesReceived,
    long MessagesSent,
    long MessagesDropped,
    long ProtocolErrors);
