using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Lets records of a keyed stream through that are not bad by rules.</summary>
internal sealed class KeyedValidateNode<TKey, T>(KeyedNode<TKey, T> input, QualityRules<T> rules, ErrorPolicy onBroken, string name)
    : KeyedStepNode<TKey, T>(NodeKind.Validate, name, input)
    where TKey : notnull
{
    public override bool NeedsName => true;

    public override bool IsInOrder { get; } = input.IsInOrder;

    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) => rules.Sequences.IsEmpty
            ? new WhereOperator<T, QualityFilter<T>>(new(rules, onBroken, errors), next, counters, errors, compilation.Context(lane))
            : new ValidateOperator<TKey, T>(rules, Key, next, counters, errors, compilation.Context(lane));
}
