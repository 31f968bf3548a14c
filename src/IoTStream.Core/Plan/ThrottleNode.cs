using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class ThrottleNode<TKey, T> : KeyedStepNode<TKey, T>
    where TKey : notnull
{
    private readonly int _count;
    private readonly TimeSpan _interval;

    public ThrottleNode(KeyedNode<TKey, T> input, int count, TimeSpan interval, string name)
        : base(NodeKind.Throttle, name, input)
    {
        _count = count;
        _interval = interval;
        Rejected = new SideNode<T>(NodeKind.Branch, this);
    }

    /// <summary>Records that were not let through.</summary>
    public SideNode<T> Rejected { get; }

    public override bool NeedsName => true;

    public override string Details => $"{_count} in {_interval}";

    public override IEnumerable<TopologyError> Validate()
    {
        if (!HasEventTime)
        {
            yield return Error(
                "throttle-without-event-time",
                $"The throttle '{Name}' goes by the records' timestamps, but they have no event time. Call WithEventTime or WithProcessingTime " +
                "after the source.");
        }
    }

    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new ThrottleOperator<TKey, T>(
            Key, _count, _interval.Ticks, Rejected.SideDownstream(compilation, lane), next, counters, errors, compilation.Context(lane));
}
