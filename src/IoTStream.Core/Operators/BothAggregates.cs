using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>Two aggregates over the same records, as one.</summary>
internal readonly struct BothAggregate<TIn, TFirst, TFirstOut, TFirstAggregate, TSecond, TSecondOut, TSecondAggregate, TOut>(
    TFirstAggregate first, TSecondAggregate second, Func<TFirstOut, TSecondOut, TOut> result) : IAggregate<TIn, Both<TFirst, TSecond>, TOut>, IAccumulatorFormat<Both<TFirst, TSecond>>
    where TFirstAggregate : struct, IAggregate<TIn, TFirst, TFirstOut>
    where TSecondAggregate : struct, IAggregate<TIn, TSecond, TSecondOut>
{
    public Both<TFirst, TSecond> Create() => new() { First = first.Create(), Second = second.Create() };

    public void Add(ref Both<TFirst, TSecond> accumulator, TIn value, RecordContext context) =>
        accumulator.Add<TIn, TFirstOut, TSecondOut, TFirstAggregate, TSecondAggregate>(first, second, value, context);

    public TOut GetResult(in Both<TFirst, TSecond> accumulator) =>
        result(first.GetResult(in accumulator.First), second.GetResult(in accumulator.Second));

    public StateSerializer<Both<TFirst, TSecond>> Serializer(StateSerializers serializers) => new BothSerializer<TFirst, TSecond>(
        serializers.OfAccumulator<TIn, TFirst, TFirstOut, TFirstAggregate>(first), serializers.OfAccumulator<TIn, TSecond, TSecondOut, TSecondAggregate>(second));
}

/// <summary>Two aggregates that can be merged, as one.</summary>
internal readonly struct BothMergeableAggregate<TIn, TFirst, TFirstOut, TFirstAggregate, TSecond, TSecondOut, TSecondAggregate, TOut>(
    TFirstAggregate first, TSecondAggregate second, Func<TFirstOut, TSecondOut, TOut> result)
    : IMergeableAggregate<TIn, Both<TFirst, TSecond>, TOut>, IAccumulatorFormat<Both<TFirst, TSecond>>
    where TFirstAggregate : struct, IMergeableAggregate<TIn, TFirst, TFirstOut>
    where TSecondAggregate : struct, IMergeableAggregate<TIn, TSecond, TSecondOut>
{
    public Both<TFirst, TSecond> Create() => new() { First = first.Create(), Second = second.Create() };

    public void Add(ref Both<TFirst, TSecond> accumulator, TIn value, RecordContext context) =>
        accumulator.Add<TIn, TFirstOut, TSecondOut, TFirstAggregate, TSecondAggregate>(first, second, value, context);

    public void Merge(ref Both<TFirst, TSecond> accumulator, in Both<TFirst, TSecond> other)
    {
        first.Merge(ref accumulator.First, in other.First);
        second.Merge(ref accumulator.Second, in other.Second);
    }

    public TOut GetResult(in Both<TFirst, TSecond> accumulator) =>
        result(first.GetResult(in accumulator.First), second.GetResult(in accumulator.Second));

    public StateSerializer<Both<TFirst, TSecond>> Serializer(StateSerializers serializers) => new BothSerializer<TFirst, TSecond>(
        serializers.OfAccumulator<TIn, TFirst, TFirstOut, TFirstAggregate>(first), serializers.OfAccumulator<TIn, TSecond, TSecondOut, TSecondAggregate>(second));
}

/// <summary>Two aggregates from which what was merged can be taken away again, as one.</summary>
internal readonly struct BothInvertibleAggregate<TIn, TFirst, TFirstOut, TFirstAggregate, TSecond, TSecondOut, TSecondAggregate, TOut>(
    TFirstAggregate first, TSecondAggregate second, Func<TFirstOut, TSecondOut, TOut> result)
    : IInvertibleAggregate<TIn, Both<TFirst, TSecond>, TOut>, IAccumulatorFormat<Both<TFirst, TSecond>>
    where TFirstAggregate : struct, IInvertibleAggregate<TIn, TFirst, TFirstOut>
    where TSecondAggregate : struct, IInvertibleAggregate<TIn, TSecond, TSecondOut>
{
    public Both<TFirst, TSecond> Create() => new() { First = first.Create(), Second = second.Create() };

    public void Add(ref Both<TFirst, TSecond> accumulator, TIn value, RecordContext context) =>
        accumulator.Add<TIn, TFirstOut, TSecondOut, TFirstAggregate, TSecondAggregate>(first, second, value, context);

    public void Merge(ref Both<TFirst, TSecond> accumulator, in Both<TFirst, TSecond> other)
    {
        first.Merge(ref accumulator.First, in other.First);
        second.Merge(ref accumulator.Second, in other.Second);
    }

    public void Subtract(ref Both<TFirst, TSecond> accumulator, in Both<TFirst, TSecond> other)
    {
        first.Subtract(ref accumulator.First, in other.First);
        second.Subtract(ref accumulator.Second, in other.Second);
    }

    public TOut GetResult(in Both<TFirst, TSecond> accumulator) =>
        result(first.GetResult(in accumulator.First), second.GetResult(in accumulator.Second));

    public StateSerializer<Both<TFirst, TSecond>> Serializer(StateSerializers serializers) => new BothSerializer<TFirst, TSecond>(
        serializers.OfAccumulator<TIn, TFirst, TFirstOut, TFirstAggregate>(first), serializers.OfAccumulator<TIn, TSecond, TSecondOut, TSecondAggregate>(second));
}
