namespace IoTStream.RealData.Tests;

/// <summary>A row of a series.</summary>
internal sealed record Sample(string Series, DateTimeOffset Time, double Value);
