using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <summary>One window a key, which holds everything until the input ends.</summary>
internal sealed record GlobalWindow : WindowSpec
{
    internal override bool GoesByEventTime => false;

    public override string ToString() => "global";

    internal override WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness) =>
        KeyedOperatorFactory<TKey, T, TResult>(aggregation, lateness, new WindowRules(DeviceTime: null, Triggers.OnTime));

    internal override WindowOperatorFactory<TKey, T, TResult> KeyedOperatorFactory<TKey, T, TResult>(
        Aggregation<T, TResult> aggregation, AllowedLateness lateness, WindowRules rules) =>
        rules.OperatorFactory<TKey, T, TResult>(aggregation, KeyedWindowSettings.Global);
}
