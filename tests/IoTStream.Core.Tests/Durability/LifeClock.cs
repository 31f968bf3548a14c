namespace IoTStream.Core.Tests.Durability;

/// <summary>The clock of one life of a job: the time of day goes on from one life to the next, its timestamps count from elsewhere.</summary>
internal sealed class LifeClock(long now, long offset) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How long it has been since the first life began, in ticks.</summary>
    public long Now { get; set; } = now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now + offset;

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(Now);
}
