namespace IoTStream.Core.Tests.Oracle;

/// <summary>A record for aggregates.</summary>
internal sealed record Sample(long Time, double Value, int Item);
