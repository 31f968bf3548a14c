namespace IoTStream.Core.Tests.Oracle;

/// <summary>A record of the property tests.</summary>
/// <param name="Id">Its place in the input.</param>
/// <param name="Key">What it is about.</param>
/// <param name="Time">Its event time in ticks.</param>
/// <param name="Value">What it says.</param>
internal sealed record Reading(int Id, int Key, long Time, int Value)
{
    public DateTimeOffset Timestamp => new(Time, TimeSpan.Zero);

    public override string ToString() => $"#{Id} key {Key} at {Time}: {Value}";
}
