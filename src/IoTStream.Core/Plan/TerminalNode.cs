using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Plan;

/// <summary>The end of a stream. Unless every lane may have its own, records of all lanes are gathered on one.</summary>
internal abstract class TerminalNode<T> : Node, IConsumer<T>
{
    private readonly StreamNode<T> _input;
    private readonly int _ordinal;

    protected TerminalNode(NodeKind kind, StreamNode<T> input, string name, int ordinal)
        : base(kind, name, input)
    {
        _input = input;
        _ordinal = ordinal;
    }

    public sealed override bool NeedsName => true;

    public sealed override bool IsDangling => false;

    protected virtual bool IsParallel => false;

    public sealed override LaneSet Place(Compilation compilation)
    {
        LaneSet input = compilation.LanesOf(_input);
        return IsParallel || input.Count == 1 ? input : new LaneSet(_ordinal % compilation.Lanes);
    }

    public Operator<T> Receive(Compilation compilation, int lane)
    {
        LaneSet producers = compilation.LanesOf(_input);
        LaneSet consumers = compilation.LanesOf(this);
        return IsParallel || producers.Count == 1
            ? CreateEnd(compilation, lane)
            : compilation
                .Shared(this, lane: -1, () => new Exchange<T>(compilation, Name, producers, consumers, to => CreateEnd(compilation, to)))
                .Connect(lane, rings => new RoundRobinExchangeOutput<T>(rings, compilation.Program.Options.BatchSize));
    }

    protected abstract Operator<T> CreateEnd(Compilation compilation, int lane);
}
