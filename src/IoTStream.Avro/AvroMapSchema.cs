namespace IoTStream.Avro;

/// <summary>A schema of values with texts as keys.</summary>
public sealed class AvroMapSchema : AvroSchema
{
    // Found out when it is asked for: a record among the items is not complete before.
    private long _minimum = -1;

    internal AvroMapSchema(AvroSchema values) => Values = values;

    /// <inheritdoc/>
    public override AvroKind Kind => AvroKind.Map;

    /// <summary>What each value is.</summary>
    public AvroSchema Values { get; }

    internal long MinimumEntrySize => _minimum >= 0 ? _minimum : _minimum = 1 + MinimumSize.Of(Values);

    /// <inheritdoc/>
    public override string ToString() => $"map of {Values}";
}
