namespace IoTStream.Storage.PostgreSql;

/// <summary>The numbers that the server has given its own types, as far as the binary format is written for them (its catalog <c>pg_type</c>).</summary>
internal static class CopyType
{
    public const uint Bool = 16;
    public const uint Bytea = 17;
    public const uint Int8 = 20;
    public const uint Int2 = 21;
    public const uint Int4 = 23;
    public const uint Text = 25;
    public const uint Json = 114;
    public const uint Float4 = 700;
    public const uint Float8 = 701;
    public const uint VarChar = 1043;
    public const uint Date = 1082;
    public const uint Time = 1083;
    public const uint Timestamp = 1114;
    public const uint TimestampTz = 1184;
    public const uint Numeric = 1700;
    public const uint Uuid = 2950;
    public const uint Jsonb = 3802;

    /// <summary>The name that SQL has for the type.</summary>
    public static string NameOf(uint type) => type switch
    {
        Bool => "bool",
        Bytea => "bytea",
        Int8 => "int8",
        Int2 => "int2",
        Int4 => "int4",
        Text => "text",
        Json => "json",
        Float4 => "float4",
        Float8 => "float8",
        VarChar => "varchar",
        Date => "date",
        Time => "time",
        Timestamp => "timestamp",
        TimestampTz => "timestamptz",
        Numeric => "numeric",
        Uuid => "uuid",
        Jsonb => "jsonb",
        _ => throw new InvalidDataException($"What the epoch log holds for the table has a column of the type {type}, which this version of the library does not write."),
    };
}
