using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

internal readonly struct TrendAggregate<T>(Func<T, double> selector) : IMergeableAggregate<T, TrendMoments, LinearTrend>, IAccumulatorFormat<TrendMoments>
{
    public TrendMoments Create() => default;

    public void Add(ref TrendMoments accumulator, T value, RecordContext context) => accumulator.Add(context.TimestampTicks, selector(value));

    public void Merge(ref TrendMoments accumulator, in TrendMoments other) => accumulator.Merge(in other);

    public LinearTrend GetResult(in TrendMoments accumulator) => accumulator.Result;

    public StateSerializer<TrendMoments> Serializer(StateSerializers serializers) => new RawSerializer<TrendMoments>("trend 1");
}
