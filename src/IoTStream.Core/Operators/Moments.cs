namespace IoTStream.Operators;

/// <summary>
/// Count, mean and the sum of squared distances from the mean. Numbers are added as by Welford (Note on a method for calculating corrected
/// sums of squares and products, 1962), and merged as by Chan, Golub and LeVeque (Updating formulae and a pairwise algorithm for computing
/// sample variances, 1979). No difference of large sums is formed, which would lose all digits.
/// </summary>
internal struct Moments
{
    private long _count;
    private double _mean;
    private double _squares;

    public readonly double Variance => _squares / _count;

    public readonly double SampleVariance => _count < 2 ? double.NaN : _squares / (_count - 1);

    public void Add(double value)
    {
        _count++;
        double distance = value - _mean;
        _mean += distance / _count;
        _squares += distance * (value - _mean);
    }

    public void Merge(in Moments other)
    {
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
}
