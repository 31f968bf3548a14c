namespace IoTStream.Simulation.Jobs;

/// <summary>
/// The clock of a machine: it goes on by itself now and then, its time of day is put forwards and back, and its timestamps begin somewhere else in each life.
/// </summary>
internal sealed class WorldClock(Random random) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long _timestamp;
    private long _timeOfDay = Start.UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _timestamp;

    public override DateTimeOffset GetUtcNow() => new(_timeOfDay, TimeSpan.Zero);

    /// <summary>Time passes, now and then; and somebody puts the time of day right, or wrong.</summary>
    public void GoOn()
    {
        switch (random.Next(60))
        {
            case 0:
                _timeOfDay += Ticks(random.Next(-90, 90));
                break;
            case < 20:
                long passed = random.NextInt64(Ticks(random.Next(1, 30)));
                _timestamp += passed;
                _timeOfDay += passed;
                break;
        }
    }

    /// <summary>The machine, or the process, has been away.</summary>
    public void Restart()
    {
        _timestamp = random.NextInt64(Ticks(1_000_000));
        _timeOfDay = Math.Max(Start.UtcTicks, _timeOfDay + (random.Next(3) == 0 ? Ticks(random.Next(-3600, 100_000)) : Ticks(random.Next(60))));
    }

    private static long Ticks(int seconds) => seconds * TimeSpan.TicksPerSecond;
}
