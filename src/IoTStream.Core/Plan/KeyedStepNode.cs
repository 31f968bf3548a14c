using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>A step after <c>KeyBy</c> that gives records of the same type, each with the key that it had, so that what follows finds them on their lanes.</summary>
internal abstract class KeyedStepNode<TKey, T> : KeyedNode<TKey, T>, IConsumer<T>
    where TKey : notnull
{
    private readonly KeyedNode<TKey, T> _input;

    protected KeyedStepNode(NodeKind kind, string? name, KeyedNode<TKey, T> input)
        : base(kind, name, input, input.Key, input.Hash) => _input = input;

    public sealed override LaneSet Place(Compilation compilation) => compilation.LanesOf(_input);

    public Operator<T> Receive(Compilation compilation, int lane)
    {
        Operator<T> next = Downstream(compilation, lane);
        StepCounters counters = compilation.Program.AddCounters(Name, lane);
        return CreateOperator(next, counters, compilation.ErrorHandler(this, counters, lane), compilation, lane);
    }

    protected abstract Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane);
}
