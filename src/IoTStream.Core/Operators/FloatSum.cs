using System.Runtime.CompilerServices;

namespace IoTStream.Operators;

/// <summary>
/// A sum of floating-point numbers from which sums that were merged can be taken away again. Numbers are added plainly, which costs one
/// addition; what rounding loses when sums are merged and subtracted is carried along (TwoSum: Knuth, The Art of Computer Programming,
/// volume 2, 4.2.2), so that a window that slides for days does not drift. Sums that are not finite are counted instead of added, for
/// nothing can be taken away from infinity.
/// </summary>
internal struct FloatSum
{
    private const int CounterBits = 21;
    private const long CounterMask = (1L << CounterBits) - 1;

    private double _sum;
    private double _lost;

    /// <summary>How many merged sums were not a number, infinite, and negative infinite, in 21 bits each.</summary>
    private long _notFinite;

    public readonly double Value
    {
        get
        {
            if (_notFinite == 0)
            {
                return double.IsFinite(_sum) ? _sum + _lost : _sum;
            }

            // Added up, they say what the sum of all is: infinity, or not a number if they contradict each other.
            double value = _sum;
            value += Counted(0, double.NaN);
            value += Counted(1, double.PositiveInfinity);
            value += Counted(2, double.NegativeInfinity);
            return value;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(double value) => _sum += value;

    public void Merge(in FloatSum other)
    {
        _notFinite += other._notFinite;
        if (double.IsFinite(other._sum))
        {
            AddExactly(other._sum);
            _lost += other._lost;
        }
        else
        {
            _notFinite += CounterOf(other._sum);
        }
    }

    public void Subtract(in FloatSum other)
    {
        _notFinite -= other._notFinite;
        if (double.IsFinite(other._sum))
        {
            AddExactly(-other._sum);
            _lost -= other._lost;
        }
        else
        {
            _notFinite -= CounterOf(other._sum);
        }
    }

    private static long CounterOf(double value) =>
        1L << (CounterBits * (double.IsNaN(value) ? 0 : value > 0 ? 1 : 2));

    private readonly double Counted(int counter, double value) =>
        ((_notFinite >> (CounterBits * counter)) & CounterMask) == 0 ? 0 : value;

    private void AddExactly(double value)
    {
        double sum = _sum + value;
        double added = sum - _sum;
        _lost += (_sum - (sum - added)) + (value - added);
        _sum = sum;
    }
}
