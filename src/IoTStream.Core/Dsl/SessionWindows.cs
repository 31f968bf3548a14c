using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>Windows of activity, of each key by itself. Made by <see cref="Sessions"/>.</summary>
/// <remarks>
/// Sessions that a record brings together are merged, so an aggregation over them has to be mergeable. A late record can bring together
/// a session whose result is out and another one: the result of the whole then replaces both, and its pane number goes on from the greater
/// of theirs.
/// </remarks>
public sealed record SessionWindows : WindowSpec
{
    internal SessionWindows(TimeSpan gap) => Gap = gap;

    /// <summary>How long a key is silent between two sessions, in event time.</summary>
    public TimeSpan Gap { get; }

    /// <inheritdoc/>
    public override string ToString() => $"sessions with a gap of {Gap}";

    internal override WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness)
    {
        ThrowIfNotMergeable(aggregation);
        long allowedLateness = Math.Min(lateness.Time.Ticks, Ticks.Forever);
        return (key, late, next, counters, errors, context) =>
            aggregation.Accept(new SessionOperatorChoice<TKey, T, TResult>(key, Gap.Ticks, allowedLateness, late, next, counters, errors, context));
    }

    internal override WindowOperatorFactory<TKey, T, TResult> KeyedOperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness, WindowRules rules)
    {
        ThrowIfNotMergeable(aggregation);
        var windows = new WindowSettings(Gap.Ticks, Gap.Ticks, Offset: 0, Math.Min(lateness.Time.Ticks, Ticks.Forever));
        return rules.OperatorFactory<TKey, T, TResult>(aggregation, windows, areSessions: true);
    }

    private static void ThrowIfNotMergeable<T, TResult>(Aggregation<T, TResult> aggregation)
    {
        if (!aggregation.Accept(new MergeableProbe<T, TResult>()))
        {
            throw new ArgumentException(
                $"Sessions grow together, so the aggregation has to be mergeable, which '{aggregation.Description}' is not: give it a way to merge " +
                "two accumulators, with Aggregates.FromMergeable.",
                nameof(aggregation));
        }
    }
}
