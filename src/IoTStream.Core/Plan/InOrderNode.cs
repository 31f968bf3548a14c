using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Brings the records of each lane into the order of their timestamps.</summary>
internal sealed class InOrderNode<TKey, T> : KeyedStepNode<TKey, T>
    where TKey : notnull
{
    public InOrderNode(KeyedNode<TKey, T> input, string name)
        : base(NodeKind.InOrder, name, input) => Late = new SideNode<T>(NodeKind.Late, this);

    /// <summary>Records that came too late to be put in order.</summary>
    public SideNode<T> Late { get; }

    public override bool NeedsName => true;

    public override bool IsInOrder => true;

    public override IEnumerable<TopologyError> Validate()
    {
        if (!HasEventTime)
        {
            yield return Error(
                "order-without-event-time",
                $"'{Name}' brings records into the order of event time, but they have none. Call WithEventTime after the source, on every " +
                "input if it is a union.");
        }
    }

    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new InOrderOperator<TKey, T>(Key, Late.SideDownstream(compilation, lane), next, counters, errors, compilation.Context(lane));
}
