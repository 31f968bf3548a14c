namespace IoTStream.Avro;

/// <summary>The types of C# that have a schema, and what makes others of them.</summary>
public static class AvroTypes
{
    /// <summary>True or false.</summary>
    public static AvroType<bool> Boolean { get; } = new PlainType<bool, BooleanFormat>(Of(AvroKind.Boolean), default);

    /// <summary>Integers of 32 bits.</summary>
    public static AvroType<int> Int { get; } = new PlainType<int, IntFormat>(Of(AvroKind.Int), default);

    /// <summary>Integers of 64 bits, read from int, too.</summary>
    public static AvroType<long> Long { get; } = new PlainType<long, LongFormat>(Of(AvroKind.Long), default);

    /// <summary>Floating-point numbers of 32 bits, read from integers, too.</summary>
    public static AvroType<float> Float { get; } = new PlainType<float, FloatFormat>(Of(AvroKind.Float), default, Promotion.ToFloat);

    /// <summary>Floating-point numbers of 64 bits, read from all other numbers, too.</summary>
    public static AvroType<double> Double { get; } = new PlainType<double, DoubleFormat>(Of(AvroKind.Double), default, Promotion.ToDouble);

    /// <summary>Bytes, read from string, too.</summary>
    public static AvroType<byte[]> Bytes { get; } = new PlainType<byte[], BytesFormat>(Of(AvroKind.Bytes), default);

    /// <summary>Texts, read from bytes, too.</summary>
    public static AvroType<string> String { get; } = new PlainType<string, StringFormat>(Of(AvroKind.String), default);

    /// <summary>UUIDs, as texts.</summary>
    public static AvroType<Guid> Uuid { get; } = new PlainType<Guid, UuidFormat>(Of(AvroKind.String, AvroLogicalType.Uuid), default);

    /// <summary>Days.</summary>
    public static AvroType<DateOnly> Date { get; } = new PlainType<DateOnly, DateFormat>(Of(AvroKind.Int, AvroLogicalType.Date), default);

    /// <summary>Times of a day, to a millisecond; what is finer is cut off.</summary>
    public static AvroType<TimeOnly> TimeMillis { get; } =
        new PlainType<TimeOnly, TimeFormat>(Of(AvroKind.Int, AvroLogicalType.TimeMillis), new TimeFormat(TimeSpan.TicksPerMillisecond));

    /// <summary>Times of a day, to a microsecond; what is finer is cut off.</summary>
    public static AvroType<TimeOnly> TimeMicros { get; } =
        new PlainType<TimeOnly, TimeFormat>(Of(AvroKind.Long, AvroLogicalType.TimeMicros), new TimeFormat(TimeSpan.TicksPerMicrosecond));

    /// <summary>Moments, to a millisecond; what is finer is cut off, and they are read in UTC.</summary>
    public static AvroType<DateTimeOffset> TimestampMillis { get; } = Timestamp(AvroLogicalType.TimestampMillis, TimeUnit.Millis);

    /// <summary>Moments, to a microsecond; what is finer is cut off, and they are read in UTC.</summary>
    public static AvroType<DateTimeOffset> TimestampMicros { get; } = Timestamp(AvroLogicalType.TimestampMicros, TimeUnit.Micros);

    /// <summary>Moments from 1677 to 2262 in nanoseconds, of which .NET keeps hundreds; they are read in UTC.</summary>
    public static AvroType<DateTimeOffset> TimestampNanos { get; } = Timestamp(AvroLogicalType.TimestampNanos, TimeUnit.Nanos);

    /// <summary>Moments in a time zone that is not said, to a millisecond; what is finer is cut off.</summary>
    public static AvroType<DateTime> LocalTimestampMillis { get; } = LocalTimestamp(AvroLogicalType.LocalTimestampMillis, TimeUnit.Millis);

    /// <summary>Moments in a time zone that is not said, to a microsecond; what is finer is cut off.</summary>
    public static AvroType<DateTime> LocalTimestampMicros { get; } = LocalTimestamp(AvroLogicalType.LocalTimestampMicros, TimeUnit.Micros);

    /// <summary>Moments from 1677 to 2262 in a time zone that is not said in nanoseconds, of which .NET keeps hundreds.</summary>
    public static AvroType<DateTime> LocalTimestampNanos { get; } = LocalTimestamp(AvroLogicalType.LocalTimestampNanos, TimeUnit.Nanos);

    /// <summary>Decimal numbers, as bytes.</summary>
    /// <param name="precision">How many digits they have at most: 1 to 28.</param>
    /// <param name="scale">How many of these are behind the point.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static AvroType<decimal> Decimal(int precision, int scale)
    {
        CheckDecimal(precision, scale);
        var schema = new AvroPrimitiveSchema(AvroKind.Bytes);
        LogicalTypes.Apply(schema, "decimal", precision, scale);
        return new PlainType<decimal, DecimalFormat>(schema, new DecimalFormat(precision, scale));
    }

    /// <summary>Decimal numbers, as fixed.</summary>
    /// <param name="fullName">The name of the schema.</param>
    /// <param name="size">How many bytes they have.</param>
    /// <param name="precision">How many digits they have at most: 1 to 28, and no more than fit into the bytes.</param>
    /// <param name="scale">How many of these are behind the point.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="AvroSchemaException">The name is not valid.</exception>
    public static AvroType<decimal> Decimal(string fullName, int size, int precision, int scale)
    {
        CheckDecimal(precision, scale);
        AvroFixedSchema schema = FixedSchema(fullName, size);
        LogicalTypes.Apply(schema, "decimal", precision, scale);
        return schema.LogicalType == AvroLogicalType.Decimal
            ? new PlainType<decimal, FixedDecimalFormat>(schema, new FixedDecimalFormat(size, precision, scale))
            : throw new ArgumentOutOfRangeException(nameof(precision), precision, $"A decimal of {size} bytes has fewer digits.");
    }

    /// <summary>As many bytes as it says.</summary>
    /// <param name="fullName">The name of the schema.</param>
    /// <param name="size">How many.</param>
    /// <exception cref="AvroSchemaException">The name is not valid, or the size negative.</exception>
    public static AvroType<byte[]> Fixed(string fullName, int size) => new PlainType<byte[], FixedFormat>(FixedSchema(fullName, size), new FixedFormat(size));

    /// <summary>UUIDs, as fixed of 16 bytes.</summary>
    /// <param name="fullName">The name of the schema.</param>
    /// <exception cref="AvroSchemaException">The name is not valid.</exception>
    public static AvroType<Guid> FixedUuid(string fullName) => new PlainType<Guid, FixedUuidFormat>(FixedSchema(fullName, 16, AvroLogicalType.Uuid), default);

    /// <summary>Amounts of time.</summary>
    /// <param name="fullName">The name of the schema, which is fixed of 12 bytes.</param>
    /// <exception cref="AvroSchemaException">The name is not valid.</exception>
    public static AvroType<AvroDuration> Duration(string fullName) =>
        new PlainType<AvroDuration, DurationFormat>(FixedSchema(fullName, AvroDuration.Size, AvroLogicalType.Duration), default);

    /// <summary>The members of an enum, in the order of their numbers, as symbols.</summary>
    /// <param name="fullName">The name of the schema.</param>
    /// <param name="symbol">The symbol of a member; by default its name.</param>
    /// <param name="defaultValue">What symbols are read as that the enum does not have; without one they are an error.</param>
    /// <typeparam name="T">The enum.</typeparam>
    /// <exception cref="AvroSchemaException">A name or a symbol is not valid, or two members have the same number.</exception>
    public static AvroType<T> Enum<T>(string fullName, Func<T, string>? symbol = null, T? defaultValue = null)
        where T : struct, Enum
    {
        SchemaNames.CheckFull(fullName, "an enum");
        T[] values = System.Enum.GetValues<T>();
        string[] symbols = [.. values.Select(symbol ?? (static value => value.ToString()))];
        string? defaultSymbol = defaultValue is { } found ? symbols[System.Array.IndexOf(values, found)] : null;
        return new EnumType<T>(new AvroEnumSchema(fullName, [], doc: null, symbols, defaultSymbol), values);
    }

    /// <summary>Arrays.</summary>
    /// <param name="items">The type of their items.</param>
    /// <typeparam name="T">The type of their items.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="items"/> is null.</exception>
    public static AvroType<T[]> Array<T>(AvroType<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return new ArrayType<T>(items);
    }

    /// <summary>Maps with texts as keys.</summary>
    /// <param name="values">The type of their values.</param>
    /// <typeparam name="T">The type of their values.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="values"/> is null.</exception>
    public static AvroType<Dictionary<string, T>> Map<T>(AvroType<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new MapType<T>(values);
    }

    /// <summary>Describes a record that is a struct, which nothing is allocated for. A tuple will do: <see cref="AvroType{T}.As{TOther}"/> makes another type of it.</summary>
    /// <param name="fullName">The name of the schema with its namespace, as in <c>plant.Reading</c>.</param>
    /// <param name="aliases">Full names that it had before.</param>
    /// <typeparam name="T">The struct.</typeparam>
    /// <exception cref="AvroSchemaException">The name is not valid.</exception>
    public static AvroRecordBuilder<T> Record<T>(string fullName, params string[] aliases)
        where T : struct => new(fullName, create: null, aliases);

    /// <summary>Describes a record that is a class.</summary>
    /// <param name="fullName">The name of the schema with its namespace, as in <c>plant.Reading</c>.</param>
    /// <param name="create">Makes an empty one, whose fields are set when it is read.</param>
    /// <param name="aliases">Full names that it had before.</param>
    /// <typeparam name="T">The class.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="create"/> is null.</exception>
    /// <exception cref="AvroSchemaException">The name is not valid.</exception>
    public static AvroRecordBuilder<T> Record<T>(string fullName, Func<T> create, params string[] aliases)
    {
        ArgumentNullException.ThrowIfNull(create);
        return new AvroRecordBuilder<T>(fullName, create, aliases);
    }

    /// <summary>Describes a union of types.</summary>
    /// <typeparam name="T">What the types have in common, at least object.</typeparam>
    public static AvroUnionBuilder<T> Union<T>() => new();

    /// <summary>Generic records: for schemas that are known only when the program runs.</summary>
    /// <param name="schema">The schema that records are written with, and that what is read is resolved to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="schema"/> is null.</exception>
    public static AvroType<AvroRecord> Generic(AvroRecordSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return GenericTypes.Of(schema);
    }

    /// <summary>Generic values of any schema; <see cref="AvroRecord"/> says which types of C# they have.</summary>
    /// <param name="schema">The schema that values are written with, and that what is read is resolved to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="schema"/> is null.</exception>
    public static AvroType<object?> GenericValue(AvroSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return GenericTypes.OfAny(schema);
    }

    private static AvroPrimitiveSchema Of(AvroKind kind, AvroLogicalType logicalType = AvroLogicalType.None) => new(kind, logicalType);

    private static PlainType<DateTimeOffset, TimestampFormat> Timestamp(AvroLogicalType type, TimeUnit unit) => new(Of(AvroKind.Long, type), new TimestampFormat(unit));

    private static PlainType<DateTime, LocalTimestampFormat> LocalTimestamp(AvroLogicalType type, TimeUnit unit) => new(Of(AvroKind.Long, type), new LocalTimestampFormat(unit));

    private static AvroFixedSchema FixedSchema(string fullName, int size, AvroLogicalType logicalType = AvroLogicalType.None)
    {
        SchemaNames.CheckFull(fullName, "fixed");
        return new AvroFixedSchema(fullName, [], doc: null, size) { LogicalType = logicalType };
    }

    private static void CheckDecimal(int precision, int scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precision, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precision, Decimals.MaxPrecision);
        ArgumentOutOfRangeException.ThrowIfNegative(scale);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, precision);
    }
}
