namespace IoTStream.Avro;

/// <summary>What the values of a schema mean beyond their kind. A logical type that is not known, or whose attributes are not valid, is passed over, as the specification asks.</summary>
public enum AvroLogicalType
{
    /// <summary>Nothing beyond the kind.</summary>
    None,

    /// <summary>A decimal number, unscaled in big-endian two's complement: of bytes or fixed.</summary>
    Decimal,

    /// <summary>A UUID: of a string, or of fixed of 16 bytes.</summary>
    Uuid,

    /// <summary>Days since 1970-01-01: of an int.</summary>
    Date,

    /// <summary>Milliseconds after midnight: of an int.</summary>
    TimeMillis,

    /// <summary>Microseconds after midnight: of a long.</summary>
    TimeMicros,

    /// <summary>Milliseconds since 1970-01-01 UTC: of a long.</summary>
    TimestampMillis,

    /// <summary>Microseconds since 1970-01-01 UTC: of a long.</summary>
    TimestampMicros,

    /// <summary>Nanoseconds since 1970-01-01 UTC: of a long.</summary>
    TimestampNanos,

    /// <summary>Milliseconds since 1970-01-01 in a time zone that is not said: of a long.</summary>
    LocalTimestampMillis,

    /// <summary>Microseconds since 1970-01-01 in a time zone that is not said: of a long.</summary>
    LocalTimestampMicros,

    /// <summary>Nanoseconds since 1970-01-01 in a time zone that is not said: of a long.</summary>
    LocalTimestampNanos,

    /// <summary>Months, days and milliseconds: of fixed of 12 bytes.</summary>
    Duration,
}
