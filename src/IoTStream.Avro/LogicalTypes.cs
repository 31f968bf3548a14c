using System.Numerics;

namespace IoTStream.Avro;

/// <summary>The names of logical types, and which schemas may have them.</summary>
internal static class LogicalTypes
{
    /// <summary>Gives a schema its logical type, unless that is not known or does not go with it.</summary>
    public static void Apply(AvroSchema schema, string? name, int? precision, int? scale)
    {
        AvroLogicalType type = (name, schema.Kind) switch
        {
            ("decimal", AvroKind.Bytes) when IsDecimal(precision, scale, int.MaxValue) => AvroLogicalType.Decimal,
            ("decimal", AvroKind.Fixed) when IsDecimal(precision, scale, DigitsIn(((AvroFixedSchema)schema).Size)) => AvroLogicalType.Decimal,
            ("uuid", AvroKind.String) => AvroLogicalType.Uuid,
            ("uuid", AvroKind.Fixed) when ((AvroFixedSchema)schema).Size == 16 => AvroLogicalType.Uuid,
            ("date", AvroKind.Int) => AvroLogicalType.Date,
            ("time-millis", AvroKind.Int) => AvroLogicalType.TimeMillis,
            ("time-micros", AvroKind.Long) => AvroLogicalType.TimeMicros,
            ("timestamp-millis", AvroKind.Long) => AvroLogicalType.TimestampMillis,
            ("timestamp-micros", AvroKind.Long) => AvroLogicalType.TimestampMicros,
            ("timestamp-nanos", AvroKind.Long) => AvroLogicalType.TimestampNanos,
            ("local-timestamp-millis", AvroKind.Long) => AvroLogicalType.LocalTimestampMillis,
            ("local-timestamp-micros", AvroKind.Long) => AvroLogicalType.LocalTimestampMicros,
            ("local-timestamp-nanos", AvroKind.Long) => AvroLogicalType.LocalTimestampNanos,
            ("duration", AvroKind.Fixed) when ((AvroFixedSchema)schema).Size == 12 => AvroLogicalType.Duration,
            _ => AvroLogicalType.None,
        };
        schema.LogicalType = type;
        if (type == AvroLogicalType.Decimal)
        {
            schema.Precision = precision!.Value;
            schema.Scale = scale ?? 0;
        }
    }

    public static string NameOf(AvroLogicalType type) => type switch
    {
        AvroLogicalType.Decimal => "decimal",
        AvroLogicalType.Uuid => "uuid",
        AvroLogicalType.Date => "date",
        AvroLogicalType.TimeMillis => "time-millis",
        AvroLogicalType.TimeMicros => "time-micros",
        AvroLogicalType.TimestampMillis => "timestamp-millis",
        AvroLogicalType.TimestampMicros => "timestamp-micros",
        AvroLogicalType.TimestampNanos => "timestamp-nanos",
        AvroLogicalType.LocalTimestampMillis => "local-timestamp-millis",
        AvroLogicalType.LocalTimestampMicros => "local-timestamp-micros",
        AvroLogicalType.LocalTimestampNanos => "local-timestamp-nanos",
        AvroLogicalType.Duration => "duration",
        _ => "none",
    };

    /// <summary>Why values of one schema would mean something else when read as those of another; null if they would not.</summary>
    public static string? Difference(AvroSchema writer, AvroSchema reader)
    {
        if (writer.LogicalType == AvroLogicalType.None || reader.LogicalType == AvroLogicalType.None)
        {
            return null;
        }

        if (writer.LogicalType != reader.LogicalType)
        {
            return $"it was written as {NameOf(writer.LogicalType)}, and {NameOf(reader.LogicalType)} is to be read";
        }

        return writer.Precision == reader.Precision && writer.Scale == reader.Scale
            ? null
            : $"it was written as decimal({writer.Precision}, {writer.Scale}), and decimal({reader.Precision}, {reader.Scale}) is to be read";
    }

    private static bool IsDecimal(int? precision, int? scale, int digits) => precision > 0 && precision <= digits && (scale ?? 0) >= 0 && (scale ?? 0) <= precision;

    /// <summary>How many decimal digits any number of some bytes in two's complement can have.</summary>
    private static int DigitsIn(int size) => size switch
    {
        0 => 0,
        > 1024 => int.MaxValue,
        _ => (int)Math.Floor(BigInteger.Log10(BigInteger.Pow(2, (8 * size) - 1) - 1)),
    };
}
