using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What follows from the values of all records in the order of event time.</summary>
internal readonly struct TimedListAggregate<T, TValue, TResult>(Func<T, TValue> selector, Func<TimedList<TValue>, TResult> result)
    : IInvertibleAggregate<T, TimedList<TValue>, TResult>, IAccumulatorFormat<TimedList<TValue>>
{
    public TimedList<TValue> Create() => new();

    public void Add(ref TimedList<TValue> accumulator, T value, RecordContext context) =>
        accumulator.Add(context.TimestampTicks, selector(value));

    public void Merge(ref TimedList<TValue> accumulator, in TimedList<TValue> other) => accumulator.Merge(other);

    public void Subtract(ref TimedList<TValue> accumulator, in TimedList<TValue> other) => accumulator.Subtract(other);

    public TResult GetResult(in TimedList<TValue> accumulator) => result(accumulator);

    public StateSerializer<TimedList<TValue>> Serializer(StateSerializers serializers) => new TimedListSerializer<TValue>(serializers.Of<TValue>())!;
}
