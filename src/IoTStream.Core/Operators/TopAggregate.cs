using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

internal readonly struct TopAggregate<T>(Func<T, double> measure, int count) : IMergeableAggregate<T, TopList<T>, IReadOnlyList<T>>, IAccumulatorFormat<TopList<T>>
{
    public TopList<T> Create() => new(count);

    public void Add(ref TopList<T> accumulator, T value, RecordContext context)
    {
        double rank = measure(value);
        if (double.IsNaN(rank))
        {
            ThrowNotANumber();
        }

        accumulator.Add(value, rank, context.TimestampTicks);
    }

    public void Merge(ref TopList<T> accumulator, in TopList<T> other) => accumulator.Merge(other);

    public IReadOnlyList<T> GetResult(in TopList<T> accumulator) => accumulator.Values.ToArray();

    private static void ThrowNotANumber() => throw new InvalidOperationException(
        "A record's measure is not a number, so it has no rank. Filter such records out before the window, or give the step an error policy.");

    public StateSerializer<TopList<T>> Serializer(StateSerializers serializers) => new TopListSerializer<T>(serializers.Of<T>(), count)!;
}
