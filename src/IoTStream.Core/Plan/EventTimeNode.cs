using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Plan;

internal sealed class EventTimeNode<T, TFunction> : StepNode<T, T>
    where TFunction : struct, IFunction<T, long>
{
    private readonly TFunction _timestamp;
    private readonly WatermarkStrategy _strategy;

    public EventTimeNode(StreamNode<T> input, TFunction timestamp, WatermarkStrategy strategy, string? name)
        : base(NodeKind.EventTime, name, input)
    {
        _timestamp = timestamp;
        _strategy = strategy;
        HasEventTime = true;
    }

    public override string Details =>
        $"out of order by up to {_strategy.MaxOutOfOrderness}" + (_strategy.IdleTimeout is { } idle ? $", idle after {idle}" : "");

    public override IEnumerable<TopologyError> Validate()
    {
        if (FollowsExchange)
        {
            yield return Error(
                "event-time-after-exchange",
                $"WithEventTime '{Name}' comes after KeyBy, Rebalance or a window: records of different partitions are mixed there, " +
                "so that no watermark can be kept for each. Put it right after the source.");
        }
    }

    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new EventTimeOperator<T, TFunction>(_timestamp, _strategy, next, counters, errors, compilation.Context(lane));
}
