namespace IoTStream.State;

/// <summary>A struct of the library's own that knows what its values are as bytes; its default value is asked.</summary>
internal interface IStateFormat<T>
{
    /// <exception cref="NotSupportedException">There is no serializer of a part of it.</exception>
    StateSerializer<T> Serializer(StateSerializers serializers);
}
