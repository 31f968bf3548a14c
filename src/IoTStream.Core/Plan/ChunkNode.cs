using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class ChunkNode<T>(StreamNode<T> input, int size, TimeSpan maxDelay, string? name)
    : StepNode<T, IReadOnlyList<T>>(NodeKind.Chunk, name, input)
{
    public override string Details => $"up to {size}" + (maxDelay == Timeout.InfiniteTimeSpan ? "" : $" or {maxDelay}");

    protected override Operator<T> CreateOperator(
        Operator<IReadOnlyList<T>> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new ChunkOperator<T>(
            size, maxDelay == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : maxDelay, next, counters, errors, compilation.Context(lane));
}
