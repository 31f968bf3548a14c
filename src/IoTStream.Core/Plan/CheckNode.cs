using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Holds the records of a keyed stream against rules and says what was found.</summary>
internal sealed class CheckNode<TKey, T>(KeyedNode<TKey, T> input, QualityRules<T> rules, string name)
    : StepNode<T, Checked<T>>(NodeKind.Check, name, input)
    where TKey : notnull
{
    private readonly KeySelector<T, TKey> _key = input.Key;

    public override bool NeedsName => true;

    protected override Operator<T> CreateOperator(
        Operator<Checked<T>> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new CheckOperator<TKey, T>(rules, _key, next, counters, errors, compilation.Context(lane));
}
