using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Leaves out records that have been seen before.</summary>
internal sealed class DeduplicateNode<TKey, T, TId>(KeyedNode<TKey, T> input, Func<T, TId> id, TimeSpan within, string name)
    : KeyedStepNode<TKey, T>(NodeKind.Deduplicate, name, input)
    where TKey : notnull
    where TId : notnull
{
    public override bool NeedsName => true;

    public override bool IsInOrder { get; } = input.IsInOrder;

    public override string Details => $"within {within}";

    public override IEnumerable<TopologyError> Validate()
    {
        if (!HasEventTime)
        {
            yield return Error(
                "deduplicate-without-event-time",
                $"'{Name}' compares records of some time, but they have none. Call WithEventTime after the source, on every input if it is a union.");
        }
    }

    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new DeduplicateOperator<TKey, T, TId>(id, within, Key, next, counters, errors, compilation.Context(lane));
}
