namespace IoTStream.Avro;

/// <summary>Types of values that may be missing, of classes.</summary>
public static class AvroReferenceTypes
{
    /// <summary>The type with null: a union of null and its schema.</summary>
    /// <param name="type">The type.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="type"/> is null.</exception>
    /// <exception cref="ArgumentException">Its schema is a union.</exception>
    public static AvroType<T?> OrNull<T>(this AvroType<T> type)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(type);
        return new NullableType<T, T?, ReferencePresence<T>>(type);
    }
}
