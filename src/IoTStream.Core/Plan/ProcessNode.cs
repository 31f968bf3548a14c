using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Runs a process function whose state belongs to no key.</summary>
internal sealed class ProcessNode<TIn, TOut> : StepNode<TIn, TOut>
{
    private readonly Func<Process<TIn, TOut>> _create;

    public ProcessNode(StreamNode<TIn> input, Func<Process<TIn, TOut>> create, string name)
        : base(NodeKind.Process, name, input)
    {
        _create = create;
        Sides = new TaggedSides(this);
    }

    public TaggedSides Sides { get; }

    public override bool NeedsName => true;

    protected override Operator<TIn> CreateOperator(
        Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) => compilation.Create(
            this,
            () => new ProcessOperator<TIn, TOut>(
                _create() ?? throw new InvalidOperationException("The factory of the process function gave null."),
                Sides.Open(compilation, lane),
                next,
                counters,
                errors,
                compilation.Context(lane)));
}
