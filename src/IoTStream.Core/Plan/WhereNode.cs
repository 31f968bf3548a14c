using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class WhereNode<T, TFunction>(StreamNode<T> input, TFunction predicate, string? name)
    : StepNode<T, T>(NodeKind.Where, name, input)
    where TFunction : struct, IFunction<T, bool>
{
    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new WhereOperator<T, TFunction>(predicate, next, counters, errors, compilation.Context(lane));
}
