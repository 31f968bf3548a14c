using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Plan;

/// <summary>Spreads batches over all lanes in turn. With one lane nothing has to move.</summary>
internal sealed class RebalanceNode<T> : StreamNode<T>, IConsumer<T>
{
    private readonly StreamNode<T> _input;

    public RebalanceNode(StreamNode<T> input)
        : base(NodeKind.Rebalance, name: null, input) => _input = input;

    public override bool IsExchange => true;

    public override LaneSet Place(Compilation compilation) => LaneSet.All(compilation.Lanes);

    public Operator<T> Receive(Compilation compilation, int lane) => compilation.Lanes == 1
        ? Downstream(compilation, lane)
        : compilation
            .Shared(this, lane: 0, () => new Exchange<T>(
                compilation, Name, compilation.LanesOf(_input), compilation.LanesOf(this), to => Downstream(compilation, to)))
            .Connect(lane, rings => new RoundRobinExchangeOutput<T>(rings, compilation.Program.Options.BatchSize));
}
