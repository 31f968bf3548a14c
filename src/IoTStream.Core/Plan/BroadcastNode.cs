using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Plan;

/// <summary>Brings every record to every lane. With one lane nothing has to move.</summary>
internal sealed class BroadcastNode<T> : StreamNode<T>, IConsumer<T>
{
    private readonly StreamNode<T> _input;

    public BroadcastNode(StreamNode<T> input)
        : base(NodeKind.Broadcast, name: null, input)
    {
        _input = input;
        input.AddConsumer(this);
    }

    public override bool IsExchange => true;

    public override LaneSet Place(Compilation compilation) => LaneSet.All(compilation.Lanes);

    public Operator<T> Receive(Compilation compilation, int lane) => compilation.Program.Shard is not null
        ? ShardExchange.Create(
            this, compilation, lane, static (shard, counters, capture, end, hurry) => new BroadcastShardOutput<T>(shard, counters, capture, end, hurry))
        : compilation.Lanes == 1
        ? Downstream(compilation, lane)
        : compilation
            .Shared(this, lane: 0, () => new Exchange<T>(
                compilation, Name, compilation.LanesOf(_input), compilation.LanesOf(this), to => Downstream(compilation, to)))
            .Connect(lane, rings => new BroadcastExchangeOutput<T>(rings, compilation.Program.Options.BatchSize));
}
