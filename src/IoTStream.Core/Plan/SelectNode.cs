using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class SelectNode<TIn, TOut, TFunction>(StreamNode<TIn> input, TFunction function, string? name)
    : StepNode<TIn, TOut>(NodeKind.Select, name, input)
    where TFunction : struct, IFunction<TIn, TOut>
{
    protected override Operator<TIn> CreateOperator(
        Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new SelectOperator<TIn, TOut, TFunction>(function, next, counters, errors, compilation.Context(lane));
}
