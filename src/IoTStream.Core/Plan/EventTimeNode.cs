using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Plan;

/// <summary>A step that assigns event time, whatever the type of its records.</summary>
internal interface IEventTimeNode
{
    /// <summary>Whether the step's sources are kept together with others.</summary>
    bool IsAligned { get; }
}

internal sealed class EventTimeNode<T, TFunction> : StepNode<T, T>, IEventTimeNode
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

    public bool IsAligned => _strategy.Alignment is not null;

    public override string Details =>
        (_strategy.MaxOutOfOrderness is { } bound ? $"out of order by up to {bound}" : "announced by records") +
        (_strategy.IdleTimeout is { } idle ? $", idle after {idle}" : "") +
        (_strategy.ProgressAfter is { } after ? $", by the clock after {after}" : "") +
        (_strategy.Alignment is { } alignment ? $", aligned to {alignment.MaxDrift}" : "") +
        (_strategy.MaxAhead is { } ahead ? $", ahead of the clock by up to {ahead}" : "");

    public override IEnumerable<TopologyError> Validate()
    {
        if (FollowsExchange)
        {
            yield return Error(
                "event-time-after-exchange",
                $"WithEventTime '{Name}' comes after KeyBy, Rebalance or a window: records of different partitions are mixed there, " +
                "so that no watermark can be kept for each. Put it right after the source. (WithProcessingTime may be put anywhere.)");
        }
    }

    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane)
    {
        OperatorContext context = compilation.Context(lane);
        var scope = new EventTimeScope(
            compilation.SourcesBefore(this, lane),
            compilation.Shared(this, lane: 0, () => new InputActivity(
                compilation.Program.Lanes.Length, [.. compilation.LanesOf(this).Lanes.SelectMany(each => compilation.SourcesBefore(this, each))])),
            _strategy.Alignment is { } alignment ? compilation.Join(alignment, lane) : null);
        return _strategy.MaxOutOfOrderness is { } bound
            ? Create(new TimestampRule<T>(bound.Ticks))
            : Create(new AnnouncedRule<T>((Func<T, DateTimeOffset?>)_strategy.Marks!, context.BatchSize));

        Operator<T> Create<TRule>(TRule rule)
            where TRule : struct, IWatermarkRule<T> =>
            new EventTimeOperator<T, TFunction, TRule>(_timestamp, rule, _strategy, next, counters, errors, context, scope);
    }
}
