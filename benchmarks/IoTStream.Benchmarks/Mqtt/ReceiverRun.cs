namespace IoTStream.Benchmarks.Mqtt;

/// <summary>What was measured of a receiver.</summary>
/// <param name="MessagesPerSecond">From the first message that is sent to the last that is received.</param>
/// <param name="Nanoseconds">The receiver's processor time for each message.</param>
/// <param name="BrokerNanoseconds">The broker's processor time for each; null if there is none.</param>
/// <param name="Bytes">What it allocated for each; not known of peers.</param>
internal sealed record ReceiverRun(double MessagesPerSecond, double Nanoseconds, double? BrokerNanoseconds, double? Bytes);
