using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>One side of a join by windows, made the same type as the other.</summary>
internal sealed class JoinedSideNode<TKey, TIn, TLeft, TRight>(
    KeyedNode<TKey, TIn> input, Func<TKey, TIn, Joined<TKey, TLeft, TRight>> join)
    : StepNode<TIn, Joined<TKey, TLeft, TRight>>(NodeKind.Join, name: null, input)
    where TKey : notnull
{
    protected override Operator<TIn> CreateOperator(
        Operator<Joined<TKey, TLeft, TRight>> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new JoinedOperator<TKey, TIn, TLeft, TRight>(input.Key, join, next, counters, errors, compilation.Context(lane));
}
