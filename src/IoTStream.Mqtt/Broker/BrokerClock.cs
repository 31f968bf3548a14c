namespace IoTStream.Mqtt.Broker;

/// <summary>The time since the broker started: monotonous, unlike the time of day.</summary>
internal sealed class BrokerClock(TimeProvider timeProvider)
{
    private readonly long _start = timeProvider.GetTimestamp();

    public TimeProvider Provider { get; } = timeProvider;

    public TimeSpan Now => Provider.GetElapsedTime(_start);

    /// <summary>The time on this clock when some time has passed; <see cref="TimeSpan.MaxValue"/> if that is never.</summary>
    public TimeSpan After(TimeSpan time) => Now is var now && time < TimeSpan.MaxValue - now ? now + time : TimeSpan.MaxValue;

    /// <summary>The time of day that a time on this clock is, in ticks; <see cref="long.MaxValue"/> for never.</summary>
    public long ToUtcTicks(TimeSpan at) => at == TimeSpan.MaxValue ? long.MaxValue : Provider.GetUtcNow().UtcTicks + (at - Now).Ticks;

    /// <summary>The time on this clock that a time of day is, in ticks; <see cref="TimeSpan.MaxValue"/> for never.</summary>
    public TimeSpan FromUtcTicks(long ticks) =>
        ticks == long.MaxValue ? TimeSpan.MaxValue : Now + TimeSpan.FromTicks(ticks - Provider.GetUtcNow().UtcTicks);
}
