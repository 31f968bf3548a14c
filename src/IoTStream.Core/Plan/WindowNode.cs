using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Plan;

/// <summary>Creates the window operator of one lane; the accumulator's type is known only to whoever made the aggregation.</summary>
internal delegate Operator<TIn> WindowOperatorFactory<TKey, TIn, TOut>(
    KeySelector<TIn, TKey> key,
    SideOutput<TIn>? late,
    Operator<WindowResult<TKey, TOut>> next,
    StepCounters counters,
    ErrorHandler errors,
    OperatorContext context)
    where TKey : notnull;

internal sealed class WindowNode<TKey, TIn, TOut> : StepNode<TIn, WindowResult<TKey, TOut>>
    where TKey : notnull
{
    private readonly KeyedNode<TKey, TIn> _input;
    private readonly string _description;
    private readonly WindowOperatorFactory<TKey, TIn, TOut> _factory;

    public WindowNode(
        KeyedNode<TKey, TIn> input,
        string description,
        WindowOperatorFactory<TKey, TIn, TOut> factory,
        string name)
        : base(NodeKind.Window, name, input)
    {
        _input = input;
        _description = description;
        _factory = factory;
        Late = new SideNode<TIn>(NodeKind.Late, this);
    }

    /// <summary>Records that came too late for all of their windows.</summary>
    public SideNode<TIn> Late { get; }

    /// <summary>Whether the records need event time.</summary>
    public bool GoesByEventTime { get; init; } = true;

    public override bool NeedsName => true;

    public override string Details => _description;

    public override IEnumerable<TopologyError> Validate()
    {
        if (GoesByEventTime && !HasEventTime)
        {
            yield return Error(
                "window-without-event-time",
                $"The window of '{Name}' goes by event time, but its records have none. Call WithEventTime after the source, on every " +
                "input if it is a union, or WithProcessingTime to go by the clock.");
        }
    }

    protected override Operator<TIn> CreateOperator(
        Operator<WindowResult<TKey, TOut>> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        _factory(_input.Key, Late.SideDownstream(compilation, lane), next, counters, errors, compilation.Context(lane));
}
