using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Plan;

/// <summary>Brings the records of a key to the lane that owns it. With one lane nothing has to move.</summary>
internal sealed class KeyByNode<TKey, T> : KeyedNode<TKey, T>, IConsumer<T>
    where TKey : notnull
{
    private readonly StreamNode<T> _input;

    public KeyByNode(StreamNode<T> input, KeySelector<T, TKey> key, Func<TKey, int>? hash, string? name)
        : base(NodeKind.KeyBy, name, input, key, hash) => _input = input;

    public override bool IsExchange => true;

    public override string Details => $"{typeof(TKey).Name}, {KeyGroups.Count} key groups";

    public override LaneSet Place(Compilation compilation) => LaneSet.All(compilation.Lanes);

    public override IEnumerable<TopologyError> Validate()
    {
        if (GroupHash is null)
        {
            yield return Error(
                "key-without-hash",
                $"KeyBy '{Name}': keys of type {typeof(TKey).Name} have no hash that is the same in every process. Use a string, an integer, an " +
                "enum, a Guid, a date or time, or a tuple of these as the key, or give KeyBy a hash function.");
        }
    }

    public Operator<T> Receive(Compilation compilation, int lane) => compilation.Program.Shard is { } shard && !shard.IsPartitionedBy(Name)
        ? ShardExchange.Create(this, compilation, lane, Send)
        : compilation.Lanes == 1
        ? Downstream(compilation, lane)
        : compilation
            .Shared(this, lane: 0, () => new Exchange<T>(
                compilation, Name, compilation.LanesOf(_input), compilation.LanesOf(this), to => Downstream(compilation, to)))
            .Connect(lane, rings => Output(rings, compilation));

    private KeyedShardOutput<TKey, T> Send(Shard shard, StepCounters counters, LaneCapture capture, EpochEnd end, Action hurry) =>
        new(Key, GroupHash!, shard, counters, capture, end, hurry);

    private ExchangeOutput<T> Output(Ring<T>[] rings, Compilation compilation)
    {
        int batchSize = compilation.Program.Options.BatchSize;
        return Hash is null && StableHash.IsInteger(typeof(TKey))
            ? new KeyedExchangeOutput<TKey, T, IntegerHash<TKey>>(Name, Key, default, compilation.KeyGroupOwners, rings, batchSize)
            : new KeyedExchangeOutput<TKey, T, FunctionHash<TKey>>(Name, Key, new(GroupHash!), compilation.KeyGroupOwners, rings, batchSize);
    }
}
