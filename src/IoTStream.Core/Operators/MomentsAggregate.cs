using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

internal readonly struct MomentsAggregate<T>(Func<T, double> selector, Func<Moments, double> result) : IMergeableAggregate<T, Moments, double>, IAccumulatorFormat<Moments>
{
    public Moments Create() => default;

    public void Add(ref Moments accumulator, T value, RecordContext context) => accumulator.Add(selector(value));

    public void Merge(ref Moments accumulator, in Moments other) => accumulator.Merge(in other);

    public double GetResult(in Moments accumulator) => result(accumulator);

    public StateSerializer<Moments> Serializer(StateSerializers serializers) => new RawSerializer<Moments>("moments 1");
}
