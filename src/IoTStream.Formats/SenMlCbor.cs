using System.Buffers;
using System.Globalization;

namespace IoTStream.Formats;

/// <summary>SenML in CBOR (RFC 8428, section 6): as in JSON, with numbers for the names of fields.</summary>
internal static class SenMlCbor
{
    private const int BaseVersion = -1;
    private const int BaseName = -2;
    private const int BaseTime = -3;
    private const int BaseUnit = -4;
    private const int BaseValue = -5;
    private const int BaseSum = -6;
    private const int Name = 0;
    private const int Unit = 1;
    private const int Value = 2;
    private const int Text = 3;
    private const int Flag = 4;
    private const int Sum = 5;
    private const int Time = 6;
    private const int UpdateTime = 7;
    private const int Data = 8;
    private const ulong DecimalFraction = 4;
    private const int MostDigits = 28;

    /// <exception cref="SenMlException">The payload is no pack.</exception>
    public static IReadOnlyList<SenMlRecord> Read(ReadOnlySpan<byte> payload, SenMlResolver resolver)
    {
        try
        {
            var reader = new CborReader(payload);
            for (CborItems records = reader.ReadArray(); records.Next(ref reader);)
            {
                resolver.Add(ReadFields(ref reader));
            }

            return reader.IsAtEnd ? resolver.Records : throw new SenMlException("The payload goes on after the end of the pack.");
        }
        catch (CborException malformed)
        {
            throw new SenMlException($"A SenML pack is no CBOR that it may be made of. {malformed.Message}", malformed);
        }
    }

    public static void Write(IReadOnlyList<SenMlRecord> records, IBufferWriter<byte> output)
    {
        var writer = new CborWriter(output);
        writer.WriteArray(records.Count);
        foreach (SenMlRecord record in records)
        {
            writer.WriteMap(Count(record));
            writer.WriteInt64(Name);
            writer.WriteText(record.Name);
            writer.WriteInt64(Time);
            writer.WriteNumber(UnixSeconds.From(record.Time));
            WriteIfAny(writer, record);
        }
    }

    private static int Count(SenMlRecord record) => 2
        + (record.Unit is null ? 0 : 1) + (record.Value is null ? 0 : 1) + (record.Text is null ? 0 : 1) + (record.Flag is null ? 0 : 1)
        + (record.Data is null ? 0 : 1) + (record.Sum is null ? 0 : 1) + (record.UpdateTime is null ? 0 : 1);

    private static void WriteIfAny(CborWriter writer, SenMlRecord record)
    {
        if (record.Unit is { } unit)
        {
            writer.WriteInt64(Unit);
            writer.WriteText(unit);
        }

        if (record.Value is { } value)
        {
            writer.WriteInt64(Value);
            writer.WriteDouble(value);
        }

        if (record.Text is { } text)
        {
            writer.WriteInt64(Text);
            writer.WriteText(text);
        }

        if (record.Flag is { } flag)
        {
            writer.WriteInt64(Flag);
            writer.WriteBoolean(flag);
        }

        if (record.Data is { } data)
        {
            writer.WriteInt64(Data);
            writer.WriteBytes(data.Span);
        }

        if (record.Sum is { } sum)
        {
            writer.WriteInt64(Sum);
            writer.WriteDouble(sum);
        }

        if (record.UpdateTime is { } update)
        {
            writer.WriteInt64(UpdateTime);
            writer.WriteNumber((decimal)update.TotalSeconds);
        }
    }

    private static SenMlFields ReadFields(ref CborReader reader)
    {
        var fields = default(SenMlFields);
        for (CborItems labels = reader.ReadMap(); labels.Next(ref reader);)
        {
            if (reader.Kind == CborKind.Text)
            {
                SenMlResolver.PassOver(reader.ReadText());
                reader.Skip();
                continue;
            }

            long label = reader.ReadInt64();
            switch (label)
            {
                case BaseVersion:
                    fields.BaseVersion = reader.ReadInt32();
                    break;
                case BaseName:
                    fields.BaseName = reader.ReadText();
                    break;
                case BaseTime:
                    fields.BaseTime = ReadDecimal(ref reader);
                    break;
                case BaseUnit:
                    fields.BaseUnit = reader.ReadText();
                    break;
                case BaseValue:
                    fields.BaseValue = ReadDouble(ref reader);
                    break;
                case BaseSum:
                    fields.BaseSum = ReadDouble(ref reader);
                    break;
                case Name:
                    fields.Name = reader.ReadText();
                    break;
                case Unit:
                    fields.Unit = reader.ReadText();
                    break;
                case Value:
                    fields.Value = ReadDouble(ref reader);
                    break;
                case Text:
                    fields.Text = reader.ReadText();
                    break;
                case Flag:
                    fields.Flag = reader.ReadBoolean();
                    break;
                case Sum:
                    fields.Sum = ReadDouble(ref reader);
                    break;
                case Time:
                    fields.Time = ReadDecimal(ref reader);
                    break;
                case UpdateTime:
                    fields.UpdateTime = ReadDecimal(ref reader);
                    break;
                case Data:
                    fields.Data = reader.ReadBytes().ToArray();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return fields;
    }

    private static double ReadDouble(ref CborReader reader)
    {
        if (reader.Kind != CborKind.Tag)
        {
            return reader.ReadDouble();
        }

        (long mantissa, long exponent) = ReadFraction(ref reader);
        return double.Parse(string.Create(CultureInfo.InvariantCulture, $"{mantissa}E{exponent}"), CultureInfo.InvariantCulture);
    }

    private static decimal ReadDecimal(ref CborReader reader)
    {
        switch (reader.Kind)
        {
            case CborKind.Float:
                return UnixSeconds.FromDouble(reader.ReadDouble());
            case CborKind.Tag:
                (long mantissa, long exponent) = ReadFraction(ref reader);
                return exponent is >= -MostDigits and <= 0 ? mantissa * new decimal(1, 0, 0, isNegative: false, (byte)-exponent)
                    : exponent is > 0 and <= MostDigits && Math.Abs((double)mantissa) * Math.Pow(10, exponent) < 1e28 ? mantissa * (decimal)Math.Pow(10, exponent)
                    : throw new SenMlException("A time of a SenML record is beyond what can be computed with.");
            default:
                return reader.ReadInteger();
        }
    }

    /// <summary>A decimal fraction: tag 4, then exponent and mantissa (RFC 8949, section 3.4.4).</summary>
    private static (long Mantissa, long Exponent) ReadFraction(ref CborReader reader)
    {
        ulong tag = reader.ReadTag();
        CborItems items = tag == DecimalFraction ? reader.ReadArray() : throw new SenMlException($"A number of a SenML record has the tag {tag}.");
        (long exponent, long mantissa) = (0, 0);
        bool isWhole = items.Next(ref reader);
        if (isWhole)
        {
            exponent = reader.ReadInt64();
            isWhole = items.Next(ref reader);
            mantissa = isWhole ? reader.ReadInt64() : 0;
        }

        return isWhole && !items.Next(ref reader) ? (mantissa, exponent) : throw new SenMlException("A decimal fraction does not have two parts.");
    }
}
