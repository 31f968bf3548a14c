using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Runs a process function over the records of each key, with rules that every lane is given.</summary>
internal sealed class KeyedBroadcastProcessNode<TKey, TIn, TRule, TOut> : TwoInputNode<TIn, TRule, TOut>
    where TKey : notnull
{
    private readonly KeyedNode<TKey, TIn> _left;
    private readonly Func<KeyedBroadcastProcess<TKey, TIn, TRule, TOut>> _create;

    public KeyedBroadcastProcessNode(
        KeyedNode<TKey, TIn> left, BroadcastNode<TRule> right, Func<KeyedBroadcastProcess<TKey, TIn, TRule, TOut>> create, string name)
        : base(NodeKind.Process, name, left, right)
    {
        _left = left;
        _create = create;
        Sides = new TaggedSides(this);
    }

    public TaggedSides Sides { get; }

    public override bool NeedsName => true;

    protected override TwoInputOperator<TIn, TRule, TOut> CreateOperator(
        int inputs, Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) => compilation.Create(
            this,
            () => new KeyedBroadcastProcessOperator<TKey, TIn, TRule, TOut>(
                _create() ?? throw new InvalidOperationException("The factory of the process function gave null."),
                HasEventTime,
                _left.Key,
                inputs,
                Sides.Open(compilation, lane),
                next,
                counters,
                errors,
                compilation.Context(lane)));
}
