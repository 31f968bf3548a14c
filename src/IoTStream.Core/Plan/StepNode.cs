using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>A step with one input and an operator on each lane of it.</summary>
internal abstract class StepNode<TIn, TOut> : StreamNode<TOut>, IConsumer<TIn>
{
    private readonly StreamNode<TIn> _input;

    protected StepNode(NodeKind kind, string? name, StreamNode<TIn> input)
        : base(kind, name, input) => _input = input;

    public sealed override LaneSet Place(Compilation compilation) => compilation.LanesOf(_input);

    public virtual Operator<TIn> Receive(Compilation compilation, int lane)
    {
        Operator<TOut> next = Downstream(compilation, lane);
        StepCounters counters = compilation.Program.AddCounters(Name, lane);
        return CreateOperator(next, counters, compilation.ErrorHandler(this, counters, lane), compilation, lane);
    }

    protected abstract Operator<TIn> CreateOperator(
        Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane);
}
