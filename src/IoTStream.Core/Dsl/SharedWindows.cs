using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <summary>Several divisions of time at once, over the same slices.</summary>
internal sealed record SharedWindows(TimeWindows[] Windows) : WindowSpec
{
    public override string ToString() => string.Join(", ", Windows.AsEnumerable());

    internal override WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness)
    {
        if (!aggregation.Accept(new MergeableProbe<T, TResult>()))
        {
            throw new ArgumentException(
                $"Several windows share slices, which takes an aggregate that can be merged; '{aggregation.Description}' cannot. Make it with " +
                $"{nameof(Aggregates)}.{nameof(Aggregates.FromMergeable)}, or call {nameof(KeyedStream<int, T>.Window)} once for each window.",
                nameof(aggregation));
        }

        WindowSettings[] settings = [.. Windows.Select(windows => windows.Settings(lateness))];
        return (key, late, next, counters, errors, context) =>
            aggregation.Accept(new WindowOperatorChoice<TKey, T, TResult>(key, settings, late, next, counters, errors, context));
    }
}
