using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>Windows that follow the calendar of a time zone, the same for all keys. Made by <see cref="Civil"/>.</summary>
/// <remarks>
/// A window begins with the first instant at which clocks show its first midnight. If they skip that, it begins when they are put
/// forward; if they skip a whole day, there is no window for it. If they are set back over midnight, the day has begun with the first one.
/// </remarks>
public sealed record CivilWindows : WindowSpec
{
    private readonly CivilPeriod _period;
    private readonly DayOfWeek _first;

    internal CivilWindows(TimeZoneInfo zone, CivilPeriod period, DayOfWeek first)
    {
        Zone = zone;
        _period = period;
        _first = first;
    }

    /// <summary>Whose clocks are meant.</summary>
    public TimeZoneInfo Zone { get; }

    private CivilCalendar Calendar => new(Zone, _period, _first);

    /// <inheritdoc/>
    public override string ToString() => _period switch
    {
        CivilPeriod.Day => "days",
        CivilPeriod.Week => $"weeks from {_first}",
        _ => "months",
    } + $" in {Zone.Id}";

    internal override WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness)
    {
        var settings = new CivilWindowSettings(Calendar, TicksOf(lateness));
        return (key, late, next, counters, errors, context) =>
            aggregation.Accept(new CivilWindowChoice<TKey, T, TResult>(key, settings, late, next, counters, errors, context));
    }

    internal override WindowOperatorFactory<TKey, T, TResult> KeyedOperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness, WindowRules rules) =>
        rules.OperatorFactory<TKey, T, TResult>(aggregation, new WindowSettings(Size: 0, Slide: 0, Offset: 0, TicksOf(lateness)), Calendar);

    private static long TicksOf(AllowedLateness lateness) => Math.Min(lateness.Time.Ticks, Ticks.Forever);
}
