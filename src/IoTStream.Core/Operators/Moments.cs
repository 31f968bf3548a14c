namespace IoTStream.Operators;

/// <summary>
/// Count, mean and the sum of squared distances from the mean. Numbers are added as by Welford (Note on a method for calculating corrected
/// sums of squares and products, 1962), and merged as by Chan, Golub and LeVeque (Updating formulae and a pairwise algorithm for computing
/// sample variances, 1979); subtracting is the inverse of that. No difference of large sums is formed, which would lose all digits.
/// </summary>
internal struct Moments
{
    private long _count;
    private double _mean;
    private double _squares;

    /// <summary>How many moments that were merged had numbers that are not finite; they are not in the other fields.</summary>
    private long _notFinite;

    public readonly double Variance => _notFinite > 0 ? double.NaN : _squares / _count;

    public readonly double SampleVariance => _notFinite > 0 || _count < 2 ? double.NaN : _squares / (_count - 1);

    public void Add(double value)
    {
        _count++;
        double distance = value - _mean;
        _mean += distance / _count;
        _squares += distance * (value - _mean);
    }

    public void Merge(in Moments other)
    {
        _notFinite += other._notFinite;
        if (!double.IsFinite(other._squares))
        {
            _notFinite++;
            return;
        }

        if (other._count == 0)
        {
            return;
        }

        long count = _count + other._count;
        double distance = other._mean - _mean;
        double weight = (double)other._count / count;
        _squares += other._squares + (distance * distance * weight * _count);
        _mean += distance * weight;
        _count = count;
    }

    public void Subtract(in Moments other)
    {
        _notFinite -= other._notFinite;
        if (!double.IsFinite(other._squares))
        {
            _notFinite--;
            return;
        }

        long count = _count - other._count;
        if (count == 0)
        {
            _count = 0;
            _mean = 0;
            _squares = 0;
            return;
        }

        double mean = _mean + ((_mean - other._mean) * other._count / count);
        double distance = other._mean - mean;

        // Rounding must not leave a negative variance, of which there is no root.
        double squares = _squares - other._squares - (distance * distance * ((double)count / _count) * other._count);
        _squares = count == 1 ? 0 : Math.Max(0, squares);
        _mean = mean;
        _count = count;
    }
}
