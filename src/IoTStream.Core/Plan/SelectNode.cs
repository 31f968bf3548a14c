using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class SelectNode<TIn, TOut, TFunction>(StreamNode<TIn> input, TFunction function, string? name)
    : StepNode<TIn, TOut>(NodeKind.Select, name, input), IFilteredConsumer<TIn>
    where TFunction : struct, IFunction<TIn, TOut>
{
    public Operator<TIn> ReceiveFiltered<TPredicate>(
        TPredicate predicate, StepCounters whereCounters, ErrorHandler whereErrors, Compilation compilation, int lane)
        where TPredicate : struct, IFunction<TIn, bool>
    {
        Operator<TOut> next = Downstream(compilation, lane);
        StepCounters counters = compilation.Program.AddCounters(Name, lane);
        return new WhereSelectOperator<TIn, TOut, TPredicate, TFunction>(
            predicate,
            whereCounters,
            whereErrors,
            function,
            next,
            counters,
            compilation.ErrorHandler(this, counters, lane),
            compilation.Context(lane));
    }

    protected override Operator<TIn> CreateOperator(
        Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new SelectOperator<TIn, TOut, TFunction>(function, next, counters, errors, compilation.Context(lane));
}
