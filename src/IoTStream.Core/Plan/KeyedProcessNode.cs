using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Runs a process function over the records of each key.</summary>
internal sealed class KeyedProcessNode<TKey, TIn, TOut> : StepNode<TIn, TOut>
    where TKey : notnull
{
    private readonly KeyedNode<TKey, TIn> _input;
    private readonly Func<KeyedProcess<TKey, TIn, TOut>> _create;

    public KeyedProcessNode(KeyedNode<TKey, TIn> input, Func<KeyedProcess<TKey, TIn, TOut>> create, string name)
        : base(NodeKind.Process, name, input)
    {
        _input = input;
        _create = create;
        Sides = new TaggedSides(this);
    }

    public TaggedSides Sides { get; }

    public override bool NeedsName => true;

    protected override Operator<TIn> CreateOperator(
        Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) => compilation.Create(
            this,
            () => new KeyedProcessOperator<TKey, TIn, TOut>(
                _create() ?? throw new InvalidOperationException("The factory of the process function gave null."),
                _input.Order,
                _input.Key,
                Sides.Open(compilation, lane),
                next,
                counters,
                errors,
                compilation.Context(lane)));
}
