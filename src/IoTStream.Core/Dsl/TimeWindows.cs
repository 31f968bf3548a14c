using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>Windows that divide time, the same for all keys. Made by <see cref="Tumbling"/> and <see cref="Sliding"/>.</summary>
/// <remarks>
/// Windows are counted from 0001-01-01T00:00:00Z, a Monday: windows of an hour start on the hour, of a day at midnight UTC, of a week on
/// Monday. <see cref="WithOffset"/> moves them.
/// </remarks>
public sealed record TimeWindows : WindowSpec
{
    internal TimeWindows(TimeSpan size, TimeSpan slide)
    {
        Size = size;
        Slide = slide;
    }

    /// <summary>How long a window is.</summary>
    public TimeSpan Size { get; }

    /// <summary>How long after a window the next one starts; the size, if they do not overlap.</summary>
    public TimeSpan Slide { get; }

    /// <summary>How much later than counted from the origin windows start; by default zero.</summary>
    public TimeSpan Offset { get; private init; }

    /// <summary>Moves the windows, for example by -1 h for days that start at midnight UTC+1.</summary>
    /// <param name="offset">By how much; may be negative.</param>
    public TimeWindows WithOffset(TimeSpan offset) => this with { Offset = offset };

    /// <inheritdoc/>
    public override string ToString() => (Size == Slide ? $"tumbling {Size}" : $"sliding {Size} by {Slide}") + (Offset == default ? "" : $" from {Offset}");

    internal override WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness)
    {
        WindowSettings[] settings = [Settings(lateness)];
        return (key, late, next, counters, errors, context) =>
            aggregation.Accept(new WindowOperatorChoice<TKey, T, TResult>(key, settings, late, next, counters, errors, context));
    }

    internal override WindowOperatorFactory<TKey, T, TResult> KeyedOperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness, WindowRules rules) =>
        rules.OperatorFactory<TKey, T, TResult>(aggregation, Settings(lateness));

    internal WindowSettings Settings(AllowedLateness lateness) =>
        new(Size.Ticks, Slide.Ticks, Offset.Ticks, Math.Min(lateness.Time.Ticks, Ticks.Forever));
}
