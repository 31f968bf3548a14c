namespace IoTStream.Coap.Tests.Client;

/// <summary>The time of the system, thirty times as fast: for what happens after seconds.</summary>
internal sealed class FastTime : TimeProvider
{
    private const int Factor = 30;

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => System.GetTimestamp() * Factor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Divide(dueTime), Divide(period));

    private static TimeSpan Divide(TimeSpan time) => time > TimeSpan.Zero ? time / Factor : time;
}
