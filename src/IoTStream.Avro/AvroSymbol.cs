namespace IoTStream.Avro;

/// <summary>A symbol of an enum, in generic values.</summary>
/// <remarks>Equal to another if the names of the enums and the symbols are.</remarks>
public sealed class AvroSymbol : IEquatable<AvroSymbol>
{
    /// <summary>A symbol.</summary>
    /// <param name="schema">The enum.</param>
    /// <param name="symbol">The symbol.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The enum has no such symbol.</exception>
    public AvroSymbol(AvroEnumSchema schema, string symbol)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(symbol);
        Schema = schema;
        Symbol = schema.PlaceOf(symbol) >= 0 ? symbol : throw new ArgumentException($"{schema.FullName} has no symbol '{symbol}'.", nameof(symbol));
    }

    /// <summary>The enum.</summary>
    public AvroEnumSchema Schema { get; }

    /// <summary>The symbol.</summary>
    public string Symbol { get; }

    /// <inheritdoc/>
    public bool Equals(AvroSymbol? other) => other is not null && Symbol == other.Symbol && Schema.FullName == other.Schema.FullName;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AvroSymbol);

    /// <inheritdoc/>
    public override int GetHashCode() => Symbol.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Symbol;
}
