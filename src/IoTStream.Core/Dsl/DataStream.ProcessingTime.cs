using IoTStream.Plan;

namespace IoTStream.Dsl;

public sealed partial class DataStream<T>
{
    private static readonly TimeSpan DefaultResolution = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Goes by processing time from here on: the timestamp of each record is the time of the job's clock at which it passes this step, and
    /// the watermark follows the clock, also when no record comes. No record is late. Windows, joins and timers that follow work by that
    /// time. May be called anywhere, also on one branch of a stream whose other branches go by event time. What was computed cannot be
    /// computed again: another run over the same input gives other results.
    /// </summary>
    /// <param name="resolution">
    /// How much later than its time something may come out when no record comes: the clock is looked at at the multiples of it. At
    /// least a millisecond, by default 100 milliseconds.
    /// </param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="resolution"/> is less than a millisecond.</exception>
    public DataStream<T> WithProcessingTime(TimeSpan? resolution = null, string? name = null)
    {
        TimeSpan given = resolution ?? DefaultResolution;
        ArgumentOutOfRangeException.ThrowIfLessThan(given, TimeSpan.FromMilliseconds(1), nameof(resolution));
        return Append(new ProcessingTimeNode<T>(Node, given, name));
    }
}
