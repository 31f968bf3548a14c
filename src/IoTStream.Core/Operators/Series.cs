using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What is computed from samples in the order of event time.</summary>
internal static class Series
{
    /// <summary>Each value holds until the next one.</summary>
    public static TimeWeighted Weigh(TimedList<double> samples)
    {
        ReadOnlySpan<long> times = samples.Times;
        ReadOnlySpan<double> values = samples.Values;
        double area = 0;
        for (int i = 1; i < times.Length; i++)
        {
            if (times[i] > times[i - 1])
            {
                area += values[i - 1] * (times[i] - times[i - 1]);
            }
        }

        return new TimeWeighted(area, times[0], times[^1], values[^1]);
    }

    /// <summary>The area under straight lines between neighbouring samples, in units of the value times ticks.</summary>
    public static double Integrate(TimedList<double> samples)
    {
        ReadOnlySpan<long> times = samples.Times;
        ReadOnlySpan<double> values = samples.Values;
        double area = 0;
        for (int i = 1; i < times.Length; i++)
        {
            if (times[i] > times[i - 1])
            {
                area += ((values[i] / 2) + (values[i - 1] / 2)) * (times[i] - times[i - 1]);
            }
        }

        return area;
    }

    /// <summary>By how much a counter has grown. One that is less than before began again at zero.</summary>
    public static double Increase(TimedList<double> samples)
    {
        ReadOnlySpan<double> values = samples.Values;
        double increase = 0;
        for (int i = 1; i < values.Length; i++)
        {
            increase += values[i] < values[i - 1] ? values[i] : values[i] - values[i - 1];
        }

        return increase;
    }

    /// <summary>From the first to the last sample, in ticks.</summary>
    public static long Duration(TimedList<double> samples)
    {
        ReadOnlySpan<long> times = samples.Times;
        return times[^1] - times[0];
    }

    /// <summary>A value that can be that of a counter.</summary>
    public static double Counter(double value) => value >= 0 || double.IsNaN(value)
        ? value
        : throw new ArgumentOutOfRangeException(
            nameof(value), value, "A counter counts up from zero and has no negative values. Of a quantity that rises and falls there is no increase.");
}
