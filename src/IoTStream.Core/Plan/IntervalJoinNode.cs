using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class IntervalJoinNode<TKey, TLeft, TRight, TOut> : JoinNode<TKey, TLeft, TRight, TOut>
    where TKey : notnull
{
    private readonly IntervalJoinSettings _settings;
    private readonly Func<TLeft, TRight, TOut> _result;
    private readonly string _description;

    public IntervalJoinNode(
        KeyedNode<TKey, TLeft> left,
        KeyedNode<TKey, TRight> right,
        IntervalJoinSettings settings,
        Func<TLeft, TRight, TOut> result,
        string description,
        string name)
        : base(name, left, right)
    {
        _settings = settings;
        _result = result;
        _description = description;
    }

    public override string Details => _description;

    protected override TwoInputOperator<TLeft, TRight, TOut> CreateOperator(
        int inputs, Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new IntervalJoinOperator<TKey, TLeft, TRight, TOut>(
            inputs,
            LeftInput.Key,
            RightInput.Key,
            _settings,
            _result,
            LateLeft.SideDownstream(compilation, lane),
            LateRight.SideDownstream(compilation, lane),
            next,
            counters,
            errors,
            compilation.Context(lane));
}
