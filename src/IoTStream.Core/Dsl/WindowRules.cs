using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>What has been said about windows besides which they are.</summary>
/// <param name="DeviceTime">How a key's own time is known; null if windows go by the stream's.</param>
/// <param name="Trigger">When they give results; null if when the watermark says so, and for each late record.</param>
internal sealed record WindowRules(DeviceTime? DeviceTime, Trigger? Trigger)
{
    public override string ToString() => (DeviceTime is null ? "" : $", {DeviceTime}") + (Trigger is null ? "" : $", {Trigger}");

    public WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, WindowSettings windows, CivilCalendar? calendar = null, bool areSessions = false)
        where TKey : notnull
    {
        var settings = new KeyedWindowSettings(windows, Trigger?.Settings ?? TriggerSettings.Default, DeviceTime, calendar) { AreSessions = areSessions };
        return (key, late, next, counters, errors, context) =>
            aggregation.Accept(new KeyedWindowChoice<TKey, T, TResult>(key, settings, late, next, counters, errors, context));
    }
}
