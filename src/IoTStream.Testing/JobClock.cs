namespace IoTStream.Testing;

/// <summary>The clock of one test job: shows what the test's clock shows, and tells test sources and sinks which job opens them.</summary>
internal sealed class JobClock(VirtualClock clock, Scheduler scheduler) : TimeProvider
{
    public override long TimestampFrequency => clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    private Scheduler Scheduler { get; } = scheduler;

    /// <summary>The scheduler of the job whose clock this is; null if it is no test job.</summary>
    public static Scheduler? SchedulerOf(TimeProvider clock) => (clock as JobClock)?.Scheduler;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);
}
