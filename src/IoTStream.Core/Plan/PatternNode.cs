using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class PatternNode<TKey, TIn, TOut, TTimedOut> : StepNode<TIn, TOut>
    where TKey : notnull
{
    private readonly KeyedNode<TKey, TIn> _input;
    private readonly PatternDescription<TIn> _pattern;
    private readonly Func<TKey, Match<TIn>, TOut> _result;
    private readonly Func<TKey, Match<TIn>, TTimedOut>? _timedOutResult;

    public PatternNode(
        KeyedNode<TKey, TIn> input,
        PatternDescription<TIn> pattern,
        Func<TKey, Match<TIn>, TOut> result,
        Func<TKey, Match<TIn>, TTimedOut>? timedOutResult,
        string name)
        : base(NodeKind.Pattern, name, input)
    {
        _input = input;
        _pattern = pattern;
        _result = result;
        _timedOutResult = timedOutResult;
        Late = new SideNode<TIn>(NodeKind.Late, this);
        TimedOut = new SideNode<TTimedOut>(NodeKind.TimedOut, this);
    }

    /// <summary>Records that came when the watermark had passed their timestamps.</summary>
    public SideNode<TIn> Late { get; }

    /// <summary>Partial matches whose time was over.</summary>
    public SideNode<TTimedOut> TimedOut { get; }

    public override bool NeedsName => true;

    public override string Details => _pattern.Text;

    public override IEnumerable<TopologyError> Validate()
    {
        if (!HasEventTime)
        {
            yield return Error(
                "pattern-without-event-time",
                $"The pattern of '{Name}' goes by event time, but its records have none. Call WithEventTime after the source, on every " +
                "input if it is a union.");
        }

        if (_timedOutResult is not null && _pattern.Within == PatternSettings.AnyTime)
        {
            yield return Error("pattern-never-times-out", $"'{Name}' asks for timed-out matches, but its pattern has no limit of time. Say Within instead of WithinAnyTime.");
        }

        foreach ((string code, string message) in PatternRules.Check(_pattern))
        {
            yield return Error(code, $"The pattern of '{Name}': {message}");
        }
    }

    protected override Operator<TIn> CreateOperator(
        Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane)
    {
        var program = new PatternProgram<TIn>(_pattern.Links);
        SideOutput<TIn>? late = Late.SideDownstream(compilation, lane);
        SideOutput<TTimedOut>? timedOut = TimedOut.SideDownstream(compilation, lane);
        Action<TKey, Match<TIn>, RecordContext>? giveTimedOut =
            timedOut is null ? null : (key, match, context) => timedOut.Add(_timedOutResult!(key, match), context);
        return new PatternOperator<TKey, TIn, TOut>(
            _input.Key,
            program,
            new PatternSettings(_pattern.Within, _pattern.MaxKept, _pattern.Skip, _pattern.SkipTo is { } step ? program.IndexOf(step) : -1),
            _result,
            giveTimedOut,
            late,
            [.. ((SideOutput?[])[late, timedOut]).OfType<SideOutput>()],
            next,
            counters,
            errors,
            compilation.Context(lane));
    }
}
