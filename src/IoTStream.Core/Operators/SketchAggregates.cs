using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What a sketch says of how values are distributed.</summary>
internal readonly struct QuantileAggregate<T, TResult>(
    Func<T, double> selector, LogarithmicBins bins, Func<QuantileSketch, TResult> result) : IInvertibleAggregate<T, QuantileSketch, TResult>, IAccumulatorFormat<QuantileSketch>
{
    public QuantileSketch Create() => new();

    public void Add(ref QuantileSketch accumulator, T value, RecordContext context) => accumulator.Add(selector(value), in bins);

    public void Merge(ref QuantileSketch accumulator, in QuantileSketch other) => accumulator.Merge(other);

    public void Subtract(ref QuantileSketch accumulator, in QuantileSketch other) => accumulator.Subtract(other);

    public TResult GetResult(in QuantileSketch accumulator) => result(accumulator);

    public StateSerializer<QuantileSketch> Serializer(StateSerializers serializers) => new QuantileSerializer(bins)!;
}

internal readonly struct DistinctCountAggregate<T, TItem>(Func<T, TItem> selector, Func<TItem, uint> hash, int precision)
    : IMergeableAggregate<T, DistinctSketch, long>, IAccumulatorFormat<DistinctSketch>
    where TItem : notnull
{
    public DistinctSketch Create() => new(precision);

    public void Add(ref DistinctSketch accumulator, T value, RecordContext context) =>
        accumulator.Add(hash(Item.NotNull(selector(value))));

    public void Merge(ref DistinctSketch accumulator, in DistinctSketch other) => accumulator.Merge(other);

    public long GetResult(in DistinctSketch accumulator) => (long)Math.Round(accumulator.Estimate());

    public StateSerializer<DistinctSketch> Serializer(StateSerializers serializers) => new DistinctSerializer(precision)!;
}

internal readonly struct MostFrequentAggregate<T, TItem>(Func<T, TItem> selector, int count, int capacity)
    : IMergeableAggregate<T, FrequencySketch<TItem>, IReadOnlyList<Frequency<TItem>>>, IAccumulatorFormat<FrequencySketch<TItem>>
    where TItem : notnull
{
    public FrequencySketch<TItem> Create() => new(capacity);

    public void Add(ref FrequencySketch<TItem> accumulator, T value, RecordContext context) =>
        accumulator.Add(Item.NotNull(selector(value)));

    public void Merge(ref FrequencySketch<TItem> accumulator, in FrequencySketch<TItem> other) => accumulator.Merge(other);

    public IReadOnlyList<Frequency<TItem>> GetResult(in FrequencySketch<TItem> accumulator)
    {
        long error = accumulator.Error;
        return
        [
            .. accumulator.Counts
                .OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key, Item.Order<TItem>())
                .Take(count)
                .Select(pair => new Frequency<TItem>(pair.Key, pair.Value, pair.Value + error)),
        ];
    }

    public StateSerializer<FrequencySketch<TItem>> Serializer(StateSerializers serializers) => new FrequencySerializer<TItem>(serializers.Of<TItem>(), capacity)!;
}
