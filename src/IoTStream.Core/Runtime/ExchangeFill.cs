namespace IoTStream.Runtime;

/// <summary>How full the queues into a lane are, for the metrics.</summary>
internal sealed record ExchangeFill(string Step, int Lane, Func<double> Fill);
