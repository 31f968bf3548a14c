using System.Runtime.InteropServices;
using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The first or last value so far by event time, if there has been one.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct Edge<TValue>
{
    public bool HasValue;
    public long Time;
    public TValue Value;
}

/// <summary>The value of the earliest timestamp; of several the one that arrived first.</summary>
internal readonly struct FirstAggregate<T, TValue>(Func<T, TValue> selector) : IMergeableAggregate<T, Edge<TValue>, TValue>, IAccumulatorFormat<Edge<TValue>>
{
    public Edge<TValue> Create() => default;

    public void Add(ref Edge<TValue> accumulator, T value, RecordContext context)
    {
        if (!accumulator.HasValue || context.TimestampTicks < accumulator.Time)
        {
            accumulator.Value = selector(value);
            accumulator.Time = context.TimestampTicks;
            accumulator.HasValue = true;
        }
    }

    public void Merge(ref Edge<TValue> accumulator, in Edge<TValue> other)
    {
        if (other.HasValue && (!accumulator.HasValue || other.Time < accumulator.Time))
        {
            accumulator = other;
        }
    }

    public TValue GetResult(in Edge<TValue> accumulator) => accumulator.Value;

    public StateSerializer<Edge<TValue>> Serializer(StateSerializers serializers) => new EdgeSerializer<TValue>(serializers.Of<TValue>());
}

/// <summary>The value of the latest timestamp; of several the one that arrived last.</summary>
internal readonly struct LastAggregate<T, TValue>(Func<T, TValue> selector) : IMergeableAggregate<T, Edge<TValue>, TValue>, IAccumulatorFormat<Edge<TValue>>
{
    public Edge<TValue> Create() => default;

    public void Add(ref Edge<TValue> accumulator, T value, RecordContext context)
    {
        if (!accumulator.HasValue || context.TimestampTicks >= accumulator.Time)
        {
            accumulator.Value = selector(value);
            accumulator.Time = context.TimestampTicks;
            accumulator.HasValue = true;
        }
    }

    public void Merge(ref Edge<TValue> accumulator, in Edge<TValue> other)
    {
        if (other.HasValue && (!accumulator.HasValue || other.Time >= accumulator.Time))
        {
            accumulator = other;
        }
    }

    public TValue GetResult(in Edge<TValue> accumulator) => accumulator.Value;

    public StateSerializer<Edge<TValue>> Serializer(StateSerializers serializers) => new EdgeSerializer<TValue>(serializers.Of<TValue>());
}
