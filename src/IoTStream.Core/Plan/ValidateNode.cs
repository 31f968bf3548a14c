using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Lets records through that are not bad by rules.</summary>
internal sealed class ValidateNode<T>(StreamNode<T> input, QualityRules<T> rules, ErrorPolicy onBroken, string? name)
    : StepNode<T, T>(NodeKind.Validate, name, input)
{
    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new WhereOperator<T, QualityFilter<T>>(new(rules, onBroken, errors), next, counters, errors, compilation.Context(lane));
}
