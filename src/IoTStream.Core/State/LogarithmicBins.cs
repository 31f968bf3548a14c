using System.Globalization;

namespace IoTStream.State;

/// <summary>
/// Divides positive numbers into bins that are narrow enough for one number to stand for all of a bin within a relative error: the bins of
/// DDSketch (Masson, Rim, Lee: DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees, 2019). The logarithm
/// is approximated between powers of two by a cubic polynomial, from sums and products alone, so that a number falls into the same bin on
/// every machine.
/// </summary>
internal readonly struct LogarithmicBins
{
    // The cubic goes through 0 and 1, where its slopes are those of neighbouring powers of two. Relative to the logarithm it rises least at
    // 0 and at 2/3, by 10/7 a unit: the bins are made as narrow as they have to be there.
    private const double Cubic = 6.0 / 35;
    private const double Square = -3.0 / 5;
    private const double Linear = 10.0 / 7;

    private const int MantissaBits = 52;
    private const int ExponentBias = 1023;

    /// <summary>The least number that has a bin; what is closer to zero is taken for zero.</summary>
    public const double Least = 2.2250738585072014E-308;

    private readonly double _binsPerUnit;

    public LogarithmicBins(double relativeError)
    {
        double ratio = (1 + relativeError) / (1 - relativeError);
        _binsPerUnit = 1 / (Linear * Math.Log(ratio));
    }

    /// <summary>What the bins of a sketch are, for it to be told from one with others.</summary>
    public string Format => _binsPerUnit.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The bin of a finite number from <see cref="Least"/> on.</summary>
    public int IndexOf(double number)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        long exponent = (bits >> MantissaBits) - ExponentBias;
        double fraction = BitConverter.Int64BitsToDouble((bits & ((1L << MantissaBits) - 1)) | ((long)ExponentBias << MantissaBits)) - 1;
        double logarithm = exponent + ((((((Cubic * fraction) + Square) * fraction) + Linear) * fraction));
        return (int)Math.Floor(logarithm * _binsPerUnit);
    }

    /// <summary>The number that is off by the same factor from the least and from the greatest number of a bin.</summary>
    public double NumberOf(int index)
    {
        double from = LeastOf(index);
        double to = LeastOf(index + 1);
        return 2 * (from / (1 + (from / to)));
    }

    /// <summary>Numbers are ordered as their bits are, so the least one of a bin is found by halving.</summary>
    private double LeastOf(int index)
    {
        long low = BitConverter.DoubleToInt64Bits(Least);
        long high = BitConverter.DoubleToInt64Bits(double.MaxValue);
        while (low < high)
        {
            long middle = (low + high) >>> 1;
            if (IndexOf(BitConverter.Int64BitsToDouble(middle)) < index)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return BitConverter.Int64BitsToDouble(low);
    }
}
