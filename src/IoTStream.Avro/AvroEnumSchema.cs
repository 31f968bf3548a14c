namespace IoTStream.Avro;

/// <summary>A schema of symbols.</summary>
public sealed class AvroEnumSchema : AvroNamedSchema
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    internal AvroEnumSchema(string fullName, IReadOnlyList<string> aliases, string? doc, IReadOnlyList<string> symbols, string? defaultSymbol)
        : base(fullName, aliases, doc)
    {
        for (int i = 0; i < symbols.Count; i++)
        {
            SchemaNames.Check(symbols[i], $"a symbol of {fullName}");
            if (!_places.TryAdd(symbols[i], i))
            {
                throw new AvroSchemaException($"Enum {fullName} has the symbol '{symbols[i]}' twice.");
            }
        }

        Symbols = symbols;
        Default = defaultSymbol is null || _places.ContainsKey(defaultSymbol)
            ? defaultSymbol
            : throw new AvroSchemaException($"The default of enum {fullName}, '{defaultSymbol}', is none of its symbols.");
    }

    /// <inheritdoc/>
    public override AvroKind Kind => AvroKind.Enum;

    /// <summary>The symbols.</summary>
    public IReadOnlyList<string> Symbols { get; }

    /// <summary>The symbol that is read where data have one that is not among these; null if that is an error.</summary>
    public string? Default { get; }

    /// <summary>The place of a symbol among the others, -1 if there is none of that name.</summary>
    /// <param name="symbol">The symbol.</param>
    public int PlaceOf(string symbol) => _places.GetValueOrDefault(symbol, -1);

    /// <summary>Which symbol of this schema each symbol of a writer's is read as, -1 for none.</summary>
    internal int[] PlacesOf(AvroEnumSchema writer) =>
        [.. writer.Symbols.Select(symbol => PlaceOf(symbol) is >= 0 and var place ? place : Default is null ? -1 : PlaceOf(Default))];
}
