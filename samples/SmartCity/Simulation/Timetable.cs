namespace SmartCity.Simulation;

/// <summary>
/// Which sensors report when. A round is an interval of event time, in which every sensor reports once; it is cut into slices, so that the
/// messages come evenly and not all at once.
/// </summary>
internal sealed class Timetable(int sensors, TimeSpan interval, double speedup)
{
    /// <summary>The simulated time begins on a Monday morning.</summary>
    private static readonly long Start = new DateTimeOffset(2026, 3, 2, 6, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>How long a slice should take on the wall clock.</summary>
    private static readonly TimeSpan GoodSlice = TimeSpan.FromMilliseconds(20);

    private readonly double _interval = interval.TotalMilliseconds;

    public TimeSpan Interval => interval;

    public int SlicesInRound { get; } = (int)Math.Clamp(Math.Round(interval / speedup / GoodSlice), 1, sensors);

    /// <summary>How many slices may be under way at once: about a round's, so that no message overtakes another by more than two intervals.</summary>
    public int SlicesUnderWay => Math.Max(2, SlicesInRound);

    /// <summary>How much earlier than the latest reading one may be measured: those two intervals, and one for a reading that is held back.</summary>
    public TimeSpan OutOfOrderness => 3 * interval;

    /// <summary>The time between slices on the wall clock.</summary>
    public TimeSpan SliceTime => interval / speedup / SlicesInRound;

    public long RoundOf(long slice) => slice / SlicesInRound;

    /// <summary>The sensors that report in a slice.</summary>
    public (int First, int End) SensorsOf(long slice)
    {
        long part = slice % SlicesInRound;
        return ((int)(sensors * part / SlicesInRound), (int)(sensors * (part + 1) / SlicesInRound));
    }

    /// <summary>When a sensor measures in a round, in Unix milliseconds.</summary>
    public long TimeOf(int sensor, long round) => Start + (long)((round + ((double)sensor / sensors)) * _interval);

    /// <summary>When the slice begins: everything earlier, except for what is held back, is in the slices before it.</summary>
    public long StartOf(long slice) => TimeOf(SensorsOf(slice).First, RoundOf(slice));
}
