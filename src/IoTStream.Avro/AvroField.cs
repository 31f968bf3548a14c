using System.Text.Json;

namespace IoTStream.Avro;

/// <summary>A field of a record.</summary>
/// <remarks>Immutable; thread-safe.</remarks>
public sealed class AvroField
{
    private readonly JsonElement? _default;

    internal AvroField(string name, AvroSchema schema, JsonElement? defaultValue, IReadOnlyList<string> aliases, string? doc, string? order)
    {
        Name = name;
        Schema = schema;
        _default = defaultValue;
        Aliases = aliases;
        Doc = doc;
        Order = order;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What its value is.</summary>
    public AvroSchema Schema { get; }

    /// <summary>Names that data to be read may have been written with.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>What it is for.</summary>
    public string? Doc { get; }

    /// <summary>Whether it has a default: the value it gets when data without it is read.</summary>
    public bool HasDefault => _default is not null;

    /// <summary>The default in JSON; null if there is none.</summary>
    public string? DefaultJson => _default?.GetRawText();

    internal JsonElement? Default => _default;

    internal string? Order { get; }
}
