using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>An aggregate that knows what its accumulators are as bytes.</summary>
internal interface IAccumulatorFormat<TAccumulator>
{
    /// <exception cref="NotSupportedException">There is no serializer of a part of them.</exception>
    StateSerializer<TAccumulator> Serializer(StateSerializers serializers);
}
