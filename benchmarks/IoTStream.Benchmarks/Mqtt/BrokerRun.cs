namespace IoTStream.Benchmarks.Mqtt;

/// <summary>What was measured of a broker under a load, a delivered message: what 100 subscribers receive counts a hundred times.</summary>
/// <param name="MessagesPerSecond">Delivered messages.</param>
/// <param name="BrokerNanoseconds">The broker's processor time for each.</param>
/// <param name="LoadNanoseconds">The load generator's processor time for each.</param>
/// <param name="LoadShare">How much of one processor the load generator used: near 1 it is what limits.</param>
/// <param name="BrokerShare">How many processors the broker used.</param>
/// <param name="Bytes">What the broker allocated for each; not known of peers.</param>
internal sealed record BrokerRun(
    double MessagesPerSecond, double BrokerNanoseconds, double LoadNanoseconds, double LoadShare, double BrokerShare, double? Bytes);
