using System.Numerics;

namespace IoTStream.Avro;

/// <summary>How values without parts lie in bytes. Formats are type arguments, so that reading and writing is compiled into what uses them.</summary>
internal interface IFormat<T>
{
    T Read(ref AvroReader reader);

    void Write(ref AvroWriter writer, T value);
}

internal readonly struct NullFormat : IFormat<object?>
{
    public object? Read(ref AvroReader reader) => null;

    public void Write(ref AvroWriter writer, object? value)
    {
        if (value is not null)
        {
            throw new AvroException($"{value} is to be written as null.");
        }
    }
}

internal readonly struct BooleanFormat : IFormat<bool>
{
    public bool Read(ref AvroReader reader) => reader.ReadBoolean();

    public void Write(ref AvroWriter writer, bool value) => writer.WriteBoolean(value);
}

internal readonly struct IntFormat : IFormat<int>
{
    public int Read(ref AvroReader reader) => reader.ReadInt32();

    public void Write(ref AvroWriter writer, int value) => writer.WriteInt64(value);
}

internal readonly struct LongFormat : IFormat<long>
{
    public long Read(ref AvroReader reader) => reader.ReadInt64();

    public void Write(ref AvroWriter writer, long value) => writer.WriteInt64(value);
}

internal readonly struct FloatFormat : IFormat<float>
{
    public float Read(ref AvroReader reader) => reader.ReadSingle();

    public void Write(ref AvroWriter writer, float value) => writer.WriteSingle(value);
}

internal readonly struct DoubleFormat : IFormat<double>
{
    public double Read(ref AvroReader reader) => reader.ReadDouble();

    public void Write(ref AvroWriter writer, double value) => writer.WriteDouble(value);
}

internal readonly struct BytesFormat : IFormat<byte[]>
{
    public byte[] Read(ref AvroReader reader) => reader.ReadBytes().ToArray();

    public void Write(ref AvroWriter writer, byte[] value) => writer.WriteBytes(value ?? throw new AvroException("There are no bytes where the schema demands some: null is not among its values."));
}

internal readonly struct StringFormat : IFormat<string>
{
    public string Read(ref AvroReader reader) => reader.ReadText();

    public void Write(ref AvroWriter writer, string value) => writer.WriteText(value ?? throw new AvroException("There is no text where the schema demands one: null is not among its values."));
}

internal readonly struct FixedFormat(int size) : IFormat<byte[]>
{
    public byte[] Read(ref AvroReader reader) => reader.ReadFixed(size).ToArray();

    public void Write(ref AvroWriter writer, byte[] value) =>
        writer.WriteFixed(value?.Length == size ? value : throw new AvroException($"{value?.Length ?? 0} bytes are to be written where the schema demands {size}."));
}

internal readonly struct DecimalFormat(int precision, int scale) : IFormat<decimal>
{
    public decimal Read(ref AvroReader reader) => Decimals.Read(reader.ReadBytes(), scale);

    public void Write(ref AvroWriter writer, decimal value)
    {
        Span<byte> bytes = stackalloc byte[Decimals.MaxSize];
        Decimals.Unscaled(value, precision, scale).TryWriteBytes(bytes, out int written, isUnsigned: false, isBigEndian: true);
        writer.WriteBytes(bytes[..written]);
    }
}

internal readonly struct FixedDecimalFormat(int size, int precision, int scale) : IFormat<decimal>
{
    public decimal Read(ref AvroReader reader) => Decimals.Read(reader.ReadFixed(size), scale);

    public void Write(ref AvroWriter writer, decimal value)
    {
        BigInteger unscaled = Decimals.Unscaled(value, precision, scale);
        Span<byte> bytes = stackalloc byte[Decimals.MaxSize];
        unscaled.TryWriteBytes(bytes, out int written, isUnsigned: false, isBigEndian: true);
        Span<byte> sign = [unscaled.Sign < 0 ? (byte)0xFF : (byte)0];
        for (int i = written; i < size; i++)
        {
            writer.WriteFixed(sign);
        }

        writer.WriteFixed(bytes[..written]);
    }
}

internal readonly struct UuidFormat : IFormat<Guid>
{
    private const int TextLength = 36;

    public Guid Read(ref AvroReader reader)
    {
        ReadOnlySpan<byte> text = reader.ReadUtf8();
        return text.Length == TextLength && Guid.TryParse(text, out Guid value) ? value : throw reader.Malformed("the text is no UUID");
    }

    public void Write(ref AvroWriter writer, Guid value)
    {
        Span<byte> text = stackalloc byte[TextLength];
        value.TryFormat(text, out _);
        writer.WriteBytes(text);
    }
}

internal readonly struct FixedUuidFormat : IFormat<Guid>
{
    private const int Size = 16;

    public Guid Read(ref AvroReader reader) => new(reader.ReadFixed(Size), bigEndian: true);

    public void Write(ref AvroWriter writer, Guid value)
    {
        Span<byte> bytes = stackalloc byte[Size];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        writer.WriteFixed(bytes);
    }
}

internal readonly struct DateFormat : IFormat<DateOnly>
{
    private static readonly int Epoch = new DateOnly(1970, 1, 1).DayNumber;

    public DateOnly Read(ref AvroReader reader)
    {
        int days = reader.ReadInt32();
        return days >= -Epoch && days <= DateOnly.MaxValue.DayNumber - Epoch ? DateOnly.FromDayNumber(Epoch + days) : throw reader.Malformed($"the day {days} is beyond the years 1 to 9999");
    }

    public void Write(ref AvroWriter writer, DateOnly value) => writer.WriteInt64(value.DayNumber - Epoch);
}

internal readonly struct TimeFormat(long ticksOfUnit) : IFormat<TimeOnly>
{
    public TimeOnly Read(ref AvroReader reader)
    {
        long units = reader.ReadInt64();
        return units >= 0 && units < TimeSpan.TicksPerDay / ticksOfUnit ? new TimeOnly(units * ticksOfUnit) : throw reader.Malformed($"{units} is no time of a day");
    }

    public void Write(ref AvroWriter writer, TimeOnly value) => writer.WriteInt64(value.Ticks / ticksOfUnit);
}

internal readonly struct TimestampFormat(TimeUnit unit) : IFormat<DateTimeOffset>
{
    public DateTimeOffset Read(ref AvroReader reader) => new(unit.Read(ref reader), TimeSpan.Zero);

    public void Write(ref AvroWriter writer, DateTimeOffset value) => unit.Write(ref writer, value.UtcTicks);
}

internal readonly struct LocalTimestampFormat(TimeUnit unit) : IFormat<DateTime>
{
    public DateTime Read(ref AvroReader reader) => new(unit.Read(ref reader), DateTimeKind.Unspecified);

    public void Write(ref AvroWriter writer, DateTime value) => unit.Write(ref writer, value.Ticks);
}

internal readonly struct DurationFormat : IFormat<AvroDuration>
{
    public AvroDuration Read(ref AvroReader reader) => AvroDuration.Read(reader.ReadFixed(AvroDuration.Size));

    public void Write(ref AvroWriter writer, AvroDuration value)
    {
        Span<byte> bytes = stackalloc byte[AvroDuration.Size];
        value.Write(bytes);
        writer.WriteFixed(bytes);
    }
}
