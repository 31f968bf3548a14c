namespace IoTStream.State;

/// <summary>
/// How values are distributed, within a relative error: a DDSketch that never joins bins. It depends on nothing but the values that are
/// in it, in whatever order they came, were merged or left.
/// </summary>
internal sealed class QuantileSketch
{
    private readonly BinCounts _negative;
    private readonly BinCounts _positive;
    private long _zeros;

    public QuantileSketch()
        : this(new BinCounts(), new BinCounts(), 0)
    {
    }

    private QuantileSketch(BinCounts negative, BinCounts positive, long zeros)
    {
        _negative = negative;
        _positive = positive;
        _zeros = zeros;
    }

    public long Count => _negative.Total + _zeros + _positive.Total;

    public void Add(double value, in LogarithmicBins bins)
    {
        if (!double.IsFinite(value))
        {
            ThrowNotFinite(value);
        }

        if (value >= LogarithmicBins.Least)
        {
            _positive.Add(bins.IndexOf(value));
        }
        else if (value <= -LogarithmicBins.Least)
        {
            _negative.Add(bins.IndexOf(-value));
        }
        else
        {
            _zeros++;
        }
    }

    public void Merge(QuantileSketch other)
    {
        _negative.Merge(other._negative);
        _positive.Merge(other._positive);
        _zeros += other._zeros;
    }

    public void Subtract(QuantileSketch other)
    {
        _negative.Subtract(other._negative);
        _positive.Subtract(other._positive);
        _zeros -= other._zeros;
    }

    /// <summary>About the value that has so many others before it in ascending order.</summary>
    public double ValueAt(long rank, in LogarithmicBins bins)
    {
        if (rank < _negative.Total)
        {
            return -bins.NumberOf(_negative.BinAt(_negative.Total - 1 - rank));
        }

        rank -= _negative.Total;
        return rank < _zeros ? 0 : bins.NumberOf(_positive.BinAt(rank - _zeros));
    }

    public void Write(StateWriter writer)
    {
        writer.WriteNumber(_zeros);
        _negative.Write(writer);
        _positive.Write(writer);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public static QuantileSketch Read(ref StateReader reader)
    {
        long zeros = reader.ReadNumber();
        BinCounts negative = BinCounts.Read(ref reader);
        return new QuantileSketch(negative, BinCounts.Read(ref reader), zeros);
    }

    private static void ThrowNotFinite(double value) => throw new ArgumentOutOfRangeException(
        nameof(value), value, "Percentiles are of finite numbers. Filter other values out before the window, or give the step an error policy.");
}
