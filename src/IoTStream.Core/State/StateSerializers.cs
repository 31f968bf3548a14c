using System.Runtime.CompilerServices;

namespace IoTStream.State;

/// <summary>Finds what makes bytes of the values that are part of state. Immutable and thread-safe.</summary>
/// <param name="own">The serializers that the user gave, by the type of their values.</param>
internal sealed class StateSerializers(IReadOnlyDictionary<Type, object> own)
{
    /// <summary>Those that the library has.</summary>
    public static StateSerializers Default { get; } = new(new Dictionary<Type, object>());

    /// <summary>The serializer of a type.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public StateSerializer<T> Of<T>()
    {
        if (own.TryGetValue(typeof(T), out object? found))
        {
            return (StateSerializer<T>)found;
        }

        if (typeof(T) == typeof(string))
        {
            return (StateSerializer<T>)(object)new TextSerializer();
        }

        return RuntimeHelpers.IsReferenceOrContainsReferences<T>()
            ? throw new NotSupportedException($"Values of type {typeof(T)} cannot be kept in an epoch log.")
            : new RawSerializer<T>();
    }
}
