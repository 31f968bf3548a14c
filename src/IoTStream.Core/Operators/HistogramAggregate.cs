using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

internal readonly struct HistogramAggregate<T>(Func<T, double> selector, double[] bounds) : IInvertibleAggregate<T, long[], Histogram>, IAccumulatorFormat<long[]>
{
    public long[] Create() => new long[bounds.Length + 1];

    public void Add(ref long[] accumulator, T value, RecordContext context)
    {
        double number = selector(value);
        if (double.IsNaN(number))
        {
            ThrowNotANumber();
        }

        int index = bounds.AsSpan().BinarySearch(number);
        accumulator[index < 0 ? ~index : index + 1]++;
    }

    public void Merge(ref long[] accumulator, in long[] other)
    {
        for (int i = 0; i < other.Length; i++)
        {
            accumulator[i] += other[i];
        }
    }

    public void Subtract(ref long[] accumulator, in long[] other)
    {
        for (int i = 0; i < other.Length; i++)
        {
            accumulator[i] -= other[i];
        }
    }

    public Histogram GetResult(in long[] accumulator) => new(bounds, [.. accumulator]);

    private static void ThrowNotANumber() => throw new InvalidOperationException(
        "A value of a histogram is not a number. Filter such records out before the window, or give the step an error policy.");

    public StateSerializer<long[]> Serializer(StateSerializers serializers) => new HistogramSerializer(bounds)!;
}
