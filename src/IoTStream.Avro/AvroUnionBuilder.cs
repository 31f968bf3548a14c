namespace IoTStream.Avro;

/// <summary>Describes a union whose values share a base type, which may be object.</summary>
/// <remarks>Not thread-safe; what it builds is.</remarks>
/// <typeparam name="T">The base type.</typeparam>
public sealed class AvroUnionBuilder<T>
{
    private readonly List<UnionCase<T>> _cases = [];

    internal AvroUnionBuilder()
    {
    }

    /// <summary>Adds a case: values of one type. A value is written as the first case whose type it has.</summary>
    /// <param name="type">How these values are written.</param>
    /// <typeparam name="TCase">Their type.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="type"/> is null.</exception>
    public AvroUnionBuilder<T> Case<TCase>(AvroType<TCase> type)
        where TCase : T
    {
        ArgumentNullException.ThrowIfNull(type);
        _cases.Add(new TypeCase<T, TCase>(type));
        return this;
    }

    /// <summary>Adds null as a case.</summary>
    public AvroUnionBuilder<T> OrNull()
    {
        _cases.Add(new NullCase<T>());
        return this;
    }

    /// <summary>The type of the union.</summary>
    /// <exception cref="AvroSchemaException">Two cases cannot be told apart by their schemas, or one is a union itself.</exception>
    public AvroType<T> Build()
    {
        UnionCase<T>[] cases = [.. _cases];
        return new UnionType<T>(new AvroUnionSchema([.. cases.Select(found => found.Schema)]), cases);
    }
}
