namespace IoTStream.Avro;

/// <summary>A schema without parts: null, a number, true or false, bytes or text.</summary>
public sealed class AvroPrimitiveSchema : AvroSchema
{
    internal AvroPrimitiveSchema(AvroKind kind, AvroLogicalType logicalType = AvroLogicalType.None)
    {
        Kind = kind;
        LogicalType = logicalType;
    }

    /// <inheritdoc/>
    public override AvroKind Kind { get; }

    internal static AvroKind? KindOf(string name) => name switch
    {
        "null" => AvroKind.Null,
        "boolean" => AvroKind.Boolean,
        "int" => AvroKind.Int,
        "long" => AvroKind.Long,
        "float" => AvroKind.Float,
        "double" => AvroKind.Double,
        "bytes" => AvroKind.Bytes,
        "string" => AvroKind.String,
        _ => null,
    };
}
