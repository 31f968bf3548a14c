using System.Numerics;
using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

internal readonly struct CountAggregate<T> : IInvertibleAggregate<T, long, long>
{
    public long Create() => 0;

    public void Add(ref long accumulator, T value, RecordContext context) => accumulator++;

    public void Merge(ref long accumulator, in long other) => accumulator += other;

    public void Subtract(ref long accumulator, in long other) => accumulator -= other;

    public long GetResult(in long accumulator) => accumulator;
}

/// <summary>A sum of floating-point numbers, or others of which it is not known that subtracting undoes adding.</summary>
internal readonly struct SumAggregate<T, TNumber>(Func<T, TNumber> selector) : IMergeableAggregate<T, TNumber, TNumber>
    where TNumber : struct, INumber<TNumber>
{
    public TNumber Create() => TNumber.Zero;

    public void Add(ref TNumber accumulator, T value, RecordContext context) => accumulator += selector(value);

    public void Merge(ref TNumber accumulator, in TNumber other) => accumulator += other;

    public TNumber GetResult(in TNumber accumulator) => accumulator;
}

/// <summary>A sum of integers or decimals, of which subtracting gives back exactly what was there before.</summary>
internal readonly struct ExactSumAggregate<T, TNumber>(Func<T, TNumber> selector) : IInvertibleAggregate<T, TNumber, TNumber>
    where TNumber : struct, INumber<TNumber>
{
    public TNumber Create() => TNumber.Zero;

    public void Add(ref TNumber accumulator, T value, RecordContext context) => accumulator += selector(value);

    public void Merge(ref TNumber accumulator, in TNumber other) => accumulator += other;

    public void Subtract(ref TNumber accumulator, in TNumber other) => accumulator -= other;

    public TNumber GetResult(in TNumber accumulator) => accumulator;
}

internal struct MeanAccumulator
{
    public long Count;
    public double Sum;
}

internal readonly struct MeanAggregate<T>(Func<T, double> selector) : IMergeableAggregate<T, MeanAccumulator, double>, IAccumulatorFormat<MeanAccumulator>
{
    public MeanAccumulator Create() => default;

    public void Add(ref MeanAccumulator accumulator, T value, RecordContext context)
    {
        accumulator.Sum += selector(value);
        accumulator.Count++;
    }

    public void Merge(ref MeanAccumulator accumulator, in MeanAccumulator other)
    {
        accumulator.Sum += other.Sum;
        accumulator.Count += other.Count;
    }

    public double GetResult(in MeanAccumulator accumulator) => accumulator.Sum / accumulator.Count;

    public StateSerializer<MeanAccumulator> Serializer(StateSerializers serializers) => new RawSerializer<MeanAccumulator>("mean 1");
}

/// <summary>The least or greatest number so far, if there has been one.</summary>
internal struct Extreme<TNumber>
    where TNumber : struct, INumber<TNumber>
{
    public bool HasValue;
    public TNumber Value;

    public void TakeLess(TNumber value)
    {
        if (!HasValue || value < Value || TNumber.IsNaN(Value))
        {
            HasValue = true;
            Value = value;
        }
    }

    public void TakeGreater(TNumber value)
    {
        if (!HasValue || value > Value || TNumber.IsNaN(Value))
        {
            HasValue = true;
            Value = value;
        }
    }
}

internal readonly struct MinAggregate<T, TNumber>(Func<T, TNumber> selector) : IMergeableAggregate<T, Extreme<TNumber>, TNumber>, IAccumulatorFormat<Extreme<TNumber>>
    where TNumber : struct, INumber<TNumber>
{
    public Extreme<TNumber> Create() => default;

    public void Add(ref Extreme<TNumber> accumulator, T value, RecordContext context) => accumulator.TakeLess(selector(value));

    public void Merge(ref Extreme<TNumber> accumulator, in Extreme<TNumber> other)
    {
        if (other.HasValue)
        {
            accumulator.TakeLess(other.Value);
        }
    }

    public TNumber GetResult(in Extreme<TNumber> accumulator) => accumulator.Value;

    public StateSerializer<Extreme<TNumber>> Serializer(StateSerializers serializers) => new ExtremeSerializer<TNumber>(serializers.Of<TNumber>());
}

internal readonly struct MaxAggregate<T, TNumber>(Func<T, TNumber> selector) : IMergeableAggregate<T, Extreme<TNumber>, TNumber>, IAccumulatorFormat<Extreme<TNumber>>
    where TNumber : struct, INumber<TNumber>
{
    public Extreme<TNumber> Create() => default;

    public void Add(ref Extreme<TNumber> accumulator, T value, RecordContext context) => accumulator.TakeGreater(selector(value));

    public void Merge(ref Extreme<TNumber> accumulator, in Extreme<TNumber> other)
    {
        if (other.HasValue)
        {
            accumulator.TakeGreater(other.Value);
        }
    }

    public TNumber GetResult(in Extreme<TNumber> accumulator) => accumulator.Value;

    public StateSerializer<Extreme<TNumber>> Serializer(StateSerializers serializers) => new ExtremeSerializer<TNumber>(serializers.Of<TNumber>());
}
