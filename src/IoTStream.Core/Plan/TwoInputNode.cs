using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>A step with two inputs of different types and an operator on each lane of either.</summary>
internal abstract class TwoInputNode<TLeft, TRight, TOut> : StreamNode<TOut>
{
    private readonly StreamNode<TLeft> _left;
    private readonly StreamNode<TRight> _right;

    protected TwoInputNode(NodeKind kind, string? name, StreamNode<TLeft> left, StreamNode<TRight> right)
        : base(kind, name, left, right)
    {
        _left = left;
        _right = right;
        left.AddConsumer(new LeftInput(this));
        right.AddConsumer(new RightInput(this));
    }

    public sealed override LaneSet Place(Compilation compilation) =>
        LaneSet.Union([compilation.LanesOf(_left), compilation.LanesOf(_right)]);

    protected abstract TwoInputOperator<TLeft, TRight, TOut> CreateOperator(
        int inputs, Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane);

    private TwoInputOperator<TLeft, TRight, TOut> OperatorOn(Compilation compilation, int lane) => compilation.Shared(this, lane, () =>
    {
        Operator<TOut> next = Downstream(compilation, lane);
        StepCounters counters = compilation.Program.AddCounters(Name, lane);
        int inputs = (compilation.LanesOf(_left).Contains(lane) ? 1 : 0) + (compilation.LanesOf(_right).Contains(lane) ? 1 : 0);
        return CreateOperator(inputs, next, counters, compilation.ErrorHandler(this, counters, lane), compilation, lane);
    });

    private sealed class LeftInput(TwoInputNode<TLeft, TRight, TOut> node) : IConsumer<TLeft>
    {
        public Node Node => node;

        public Operator<TLeft> Receive(Compilation compilation, int lane) => node.OperatorOn(compilation, lane).Left;
    }

    private sealed class RightInput(TwoInputNode<TLeft, TRight, TOut> node) : IConsumer<TRight>
    {
        public Node Node => node;

        public Operator<TRight> Receive(Compilation compilation, int lane) => node.OperatorOn(compilation, lane).Right;
    }
}
