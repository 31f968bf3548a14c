using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>Finds what makes bytes of accumulators.</summary>
internal static class AccumulatorSerializers
{
    /// <summary>The serializer of an aggregate's accumulators: its own if it has one, else that of their type.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public static StateSerializer<TAccumulator> OfAccumulator<TIn, TAccumulator, TOut, TAggregate>(this StateSerializers serializers, TAggregate aggregate)
        where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut> =>
        aggregate is IAccumulatorFormat<TAccumulator> own ? own.Serializer(serializers) : serializers.Of<TAccumulator>();
}
