using System.Text.Json;

namespace IoTStream.Avro;

/// <summary>Describes how a type of C# is a record: its fields, in the order in which they are written.</summary>
/// <remarks>Not thread-safe; what it builds is.</remarks>
/// <typeparam name="T">The type.</typeparam>
public sealed class AvroRecordBuilder<T>
{
    private readonly AvroRecordSchema _schema;
    private readonly RecordType<T> _type;
    private readonly List<AvroField> _fields = [];
    private readonly List<RecordField<T>> _accesses = [];

    internal AvroRecordBuilder(string fullName, Func<T>? create, IReadOnlyList<string> aliases)
    {
        SchemaNames.CheckFull(fullName, "a record");
        _schema = new AvroRecordSchema(fullName, aliases, doc: null);
        _type = new RecordType<T>(_schema, create);
    }

    /// <summary>The type that is being described, for fields that hold others of it. Not to be used otherwise before <see cref="Build"/>.</summary>
    public AvroType<T> Self => _type;

    /// <summary>Adds a field that data must have.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type of its values.</param>
    /// <param name="get">Takes the value from a record.</param>
    /// <param name="set">Gives it to a record.</param>
    /// <param name="aliases">Names that it had before.</param>
    /// <typeparam name="TField">The type of its values.</typeparam>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="AvroSchemaException">The name is not valid.</exception>
    public AvroRecordBuilder<T> Field<TField>(string name, AvroType<TField> type, Func<T, TField> get, AvroSetter<T, TField> set, params string[] aliases) =>
        Add(name, type, get, set, aliases, defaultJson: null);

    /// <summary>Adds a field with a default, which it gets when data is read that was written without it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type of its values.</param>
    /// <param name="get">Takes the value from a record.</param>
    /// <param name="set">Gives it to a record.</param>
    /// <param name="defaultValue">The default. Of a union it is one of the first type, so that of a type that can be null it is null.</param>
    /// <param name="aliases">Names that it had before.</param>
    /// <typeparam name="TField">The type of its values.</typeparam>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The default is no value of the type, or none of its first branch.</exception>
    /// <exception cref="AvroSchemaException">The name is not valid.</exception>
    public AvroRecordBuilder<T> OptionalField<TField>(
        string name, AvroType<TField> type, Func<T, TField> get, AvroSetter<T, TField> set, TField defaultValue, params string[] aliases)
    {
        ArgumentNullException.ThrowIfNull(type);
        try
        {
            return Add(name, type, get, set, aliases, DefaultValue.ToJson(type, defaultValue));
        }
        catch (AvroException wrong)
        {
            throw new ArgumentException($"The default of '{name}' is no value of its type: {wrong.Message}", nameof(defaultValue), wrong);
        }
    }

    /// <summary>The type.</summary>
    /// <exception cref="AvroSchemaException">Two fields have the same name, or two schemas within have the same name and differ.</exception>
    public AvroType<T> Build()
    {
        _schema.SetFields([.. _fields]);
        NameCheck.Run(_schema);
        _type.Fields = [.. _accesses];
        return _type;
    }

    private AvroRecordBuilder<T> Add<TField>(
        string name, AvroType<TField> type, Func<T, TField> get, AvroSetter<T, TField> set, string[] aliases, JsonElement? defaultJson)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(get);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(aliases);
        SchemaNames.Check(name, $"a field of {_schema.FullName}");
        _fields.Add(new AvroField(name, type.Schema, defaultJson, aliases, doc: null, order: null));
        _accesses.Add(new RecordField<T, TField>(type, get, set));
        return this;
    }
}
