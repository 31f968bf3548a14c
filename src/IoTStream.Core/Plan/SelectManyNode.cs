using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class SelectManyNode<TIn, TOut, TFunction>(StreamNode<TIn> input, TFunction function, string? name)
    : StepNode<TIn, TOut>(NodeKind.SelectMany, name, input)
    where TFunction : struct, IFunction<TIn, IEnumerable<TOut>>
{
    protected override Operator<TIn> CreateOperator(
        Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new SelectManyOperator<TIn, TOut, TFunction>(function, next, counters, errors, compilation.Context(lane));
}
