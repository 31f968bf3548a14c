using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>The late records of one side of a join by windows.</summary>
internal sealed class JoinedLateNode<TKey, TLeft, TRight, TOut>(
    StreamNode<Joined<TKey, TLeft, TRight>> late, Func<Joined<TKey, TLeft, TRight>, IEnumerable<TOut>> record)
    : StepNode<Joined<TKey, TLeft, TRight>, TOut>(NodeKind.Late, name: null, late)
{
    protected override Operator<Joined<TKey, TLeft, TRight>> CreateOperator(
        Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new SelectManyOperator<Joined<TKey, TLeft, TRight>, TOut, PlainFunction<Joined<TKey, TLeft, TRight>, IEnumerable<TOut>>>(
            new(record), next, counters, errors, compilation.Context(lane));
}
