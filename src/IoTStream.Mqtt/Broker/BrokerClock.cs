namespace IoTStream.Mqtt.Broker;

/// <summary>The time since the broker started: monotonous, unlike the time of day.</summary>
internal sealed class BrokerClock(TimeProvider timeProvider)
{
    private readonly long _start = timeProvider.GetTimestamp();

    public TimeProvider Provider { get; } = timeProvider;

    public TimeSpan Now => Provider.GetElapsedTime(_start);
}
