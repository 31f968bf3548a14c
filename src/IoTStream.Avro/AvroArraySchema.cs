namespace IoTStream.Avro;

/// <summary>A schema of items.</summary>
public sealed class AvroArraySchema : AvroSchema
{
    // Found out when it is asked for: a record among the items is not complete before.
    private long _minimum = -1;

    internal AvroArraySchema(AvroSchema items) => Items = items;

    /// <inheritdoc/>
    public override AvroKind Kind => AvroKind.Array;

    /// <summary>What each item is.</summary>
    public AvroSchema Items { get; }

    internal long MinimumItemSize => _minimum >= 0 ? _minimum : _minimum = MinimumSize.Of(Items);

    /// <inheritdoc/>
    public override string ToString() => $"array of {Items}";
}
