using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class WhereNode<T, TFunction>(StreamNode<T> input, TFunction predicate, string? name)
    : StepNode<T, T>(NodeKind.Where, name, input)
    where TFunction : struct, IFunction<T, bool>
{
    /// <summary>A filter whose only consumer can take it over is done in the consumer's loop.</summary>
    public override Operator<T> Receive(Compilation compilation, int lane)
    {
        if (ConsumersIn(compilation) is not [IFilteredConsumer<T> consumer])
        {
            return base.Receive(compilation, lane);
        }

        StepCounters counters = compilation.Program.AddCounters(Name, lane);
        return consumer.ReceiveFiltered(predicate, counters, compilation.ErrorHandler(this, counters, lane), compilation, lane);
    }

    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new WhereOperator<T, TFunction>(predicate, next, counters, errors, compilation.Context(lane));
}
