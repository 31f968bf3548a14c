namespace IoTStream.Avro;

/// <summary>Bytes of a schema that says how many, in generic values.</summary>
/// <remarks>Equal to another if the names of the schemas and the bytes are. The bytes are not copied and must not change.</remarks>
public sealed class AvroFixed : IEquatable<AvroFixed>
{
    /// <summary>Bytes.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="ArgumentNullException"><paramref name="schema"/> is null.</exception>
    /// <exception cref="ArgumentException">There are more or less bytes than the schema says.</exception>
    public AvroFixed(AvroFixedSchema schema, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(schema);
        Schema = schema;
        Bytes = bytes.Length == schema.Size ? bytes : throw new ArgumentException($"{schema.FullName} has {schema.Size} bytes, not {bytes.Length}.", nameof(bytes));
    }

    /// <summary>The schema.</summary>
    public AvroFixedSchema Schema { get; }

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <inheritdoc/>
    public bool Equals(AvroFixed? other) => other is not null && Schema.FullName == other.Schema.FullName && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AvroFixed);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => Convert.ToHexString(Bytes.Span);
}
