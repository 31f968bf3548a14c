namespace IoTStream.Avro;

/// <summary>A schema with a name: a record, an enum or fixed.</summary>
public abstract class AvroNamedSchema : AvroSchema
{
    private protected AvroNamedSchema(string fullName, IReadOnlyList<string> aliases, string? doc)
    {
        FullName = fullName;
        Aliases = aliases;
        Doc = doc;
    }

    /// <summary>Its name with its namespace, as in <c>plant.Reading</c>.</summary>
    public string FullName { get; }

    /// <summary>Its name without its namespace.</summary>
    public string Name => FullName[(FullName.LastIndexOf('.') + 1)..];

    /// <summary>Its namespace; empty if it has none.</summary>
    public string Namespace => FullName[..Math.Max(FullName.LastIndexOf('.'), 0)];

    /// <summary>Full names that data to be read may have been written with.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>What it is for.</summary>
    public string? Doc { get; }

    /// <summary>Whether data of a schema may be data of this one, judged by names: equal without namespaces, or one of the aliases.</summary>
    internal bool IsNamed(AvroNamedSchema writer) =>
        string.Equals(Name, writer.Name, StringComparison.Ordinal) || Aliases.Contains(writer.FullName, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => FullName;
}
