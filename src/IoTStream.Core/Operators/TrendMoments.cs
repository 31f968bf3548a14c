namespace IoTStream.Operators;

/// <summary>
/// What a straight line through values over time needs: <see cref="Moments"/> in two dimensions. Times are relative to that of the first
/// record seen, for ticks since the year 1 do not fit into a floating-point number.
/// </summary>
internal struct TrendMoments
{
    private long _count;
    private long _origin;
    private double _time;
    private double _value;
    private double _timeSquares;
    private double _products;

    public readonly LinearTrend Result
    {
        get
        {
            bool isFinite = double.IsFinite(_products);
            double slope = isFinite && _timeSquares > 0 ? _products / _timeSquares : double.NaN;
            double center = Math.Round(_time);
            return new LinearTrend(slope * TimeSpan.TicksPerSecond, _value + (slope * (center - _time)), _origin + (long)center);
        }
    }

    public void Add(long timestamp, double value)
    {
        if (_count == 0)
        {
            _origin = timestamp;
        }

        _count++;
        double time = timestamp - _origin;
        double timeDistance = time - _time;
        double valueDistance = value - _value;
        _time += timeDistance / _count;
        _value += valueDistance / _count;
        _timeSquares += timeDistance * (time - _time);
        _products += timeDistance * (value - _value);
    }

    public void Merge(in TrendMoments other)
    {
        if (_count == 0)
        {
            this = other;
            return;
        }

        if (other._count == 0)
        {
            return;
        }

        long count = _count + other._count;
        double timeDistance = other._origin - _origin + other._time - _time;
        double valueDistance = other._value - _value;
        double weight = (double)other._count / count;
        _timeSquares += other._timeSquares + (timeDistance * timeDistance * weight * _count);
        _products += other._products + (timeDistance * valueDistance * weight * _count);
        _time += timeDistance * weight;
        _value += valueDistance * weight;
        _count = count;
    }
}
