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

    /// <summary>How many moments that were merged had values that are not finite; they are not in the other fields.</summary>
    private long _notFinite;

    public readonly LinearTrend Result
    {
        get
        {
            bool isFinite = _notFinite == 0 && double.IsFinite(_products);
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
        _notFinite += other._notFinite;
        if (!double.IsFinite(other._products))
        {
            _notFinite++;
            return;
        }

        if (_count == 0)
        {
            long notFinite = _notFinite;
            this = other;
            _notFinite = notFinite;
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

    public void Subtract(in TrendMoments other)
    {
        _notFinite -= other._notFinite;
        if (!double.IsFinite(other._products))
        {
            _notFinite--;
            return;
        }

        long count = _count - other._count;
        if (count == 0)
        {
            this = new TrendMoments { _notFinite = _notFinite };
            return;
        }

        double otherTime = other._origin - _origin + other._time;
        double grown = (double)other._count / count;
        double time = _time + ((_time - otherTime) * grown);
        double value = _value + ((_value - other._value) * grown);
        double weight = (double)count / _count * other._count;
        double timeDistance = otherTime - time;
        _timeSquares = Math.Max(0, _timeSquares - other._timeSquares - (timeDistance * timeDistance * weight));
        _products -= other._products + (timeDistance * (other._value - value) * weight);

        // The origin follows the window, so that times stay small numbers however long it slides.
        long whole = (long)time;
        _origin += whole;
        _time = time - whole;
        _value = value;
        _count = count;
        if (count == 1)
        {
            // Whatever rounding has left, a single record has no distance from itself and gives no slope.
            _timeSquares = 0;
            _products = 0;
        }
    }
}
