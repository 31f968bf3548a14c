using System.Numerics;

namespace IoTStream.Avro;

/// <summary>Decimals as Avro has them: an unscaled integer in two's complement, and a scale that the schema says.</summary>
internal static class Decimals
{
    /// <summary>More bytes than any decimal of .NET has at any scale it can have.</summary>
    public const int MaxSize = 32;

    /// <summary>How many digits a decimal of .NET holds in any case.</summary>
    public const int MaxPrecision = 28;

    private static readonly BigInteger Largest = new(decimal.MaxValue);

    public static decimal Read(ReadOnlySpan<byte> bytes, int scale)
    {
        var unscaled = new BigInteger(bytes, isUnsigned: false, isBigEndian: true);
        return scale <= MaxPrecision && BigInteger.Abs(unscaled) <= Largest
            ? Scaled(unscaled, scale)
            : throw new AvroException($"A decimal has {bytes.Length} bytes and the scale {scale}, which is more than a decimal of .NET can hold.");
    }

    public static BigInteger Unscaled(decimal value, int precision, int scale)
    {
        if (decimal.Round(value, scale) != value)
        {
            throw new AvroException($"{value} has more digits behind the point than the {scale} of the schema.");
        }

        var unscaled = new BigInteger(value);
        decimal fraction = value - decimal.Truncate(value);
        BigInteger power = BigInteger.Pow(10, scale);
        unscaled = (unscaled * power) + new BigInteger(Shifted(fraction, scale));
        return BigInteger.Abs(unscaled) < BigInteger.Pow(10, precision)
            ? unscaled
            : throw new AvroException($"{value} has more digits than the {precision} of the schema, of which {scale} are behind the point.");
    }

    private static decimal Shifted(decimal fraction, int scale)
    {
        for (int i = 0; i < scale; i++)
        {
            fraction *= 10;
        }

        return fraction;
    }

    private static decimal Scaled(BigInteger unscaled, int scale)
    {
        var whole = (decimal)BigInteger.Abs(unscaled);
        int[] bits = decimal.GetBits(whole);
        return new decimal(bits[0], bits[1], bits[2], unscaled.Sign < 0, (byte)scale);
    }
}
