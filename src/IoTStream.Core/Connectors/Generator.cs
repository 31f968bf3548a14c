namespace IoTStream.Connectors;

/// <summary>Sources that make records up: for demonstrations, simulations and load tests.</summary>
public static class Generator
{
    /// <summary>
    /// Makes records at a rate. Record number n, from 0, is due n / <paramref name="recordsPerSecond"/> seconds after the job
    /// first reads.
    /// </summary>
    /// <remarks>
    /// No number is left out and none comes twice. When the pipeline holds the generator back, records become overdue, and are made up for as fast as the
    /// pipeline takes them. Under a high rate, records come in bursts of what is due each millisecond or timer tick. The time is the job's.
    /// With an epoch log, a job that is started again goes on with the number that comes next, as if no time had passed between.
    /// </remarks>
    /// <param name="recordsPerSecond">The rate: more than 0, at most a thousand million.</param>
    /// <param name="create">
    /// Makes the record of a number, on the job's lane, so it must be quick. Whatever it throws ends the job with it as the cause.
    /// </param>
    /// <param name="count">How many records to make before the source ends; null, the default, to go on until the job is stopped.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The rate or the count is out of range.</exception>
    public static ISource<T> AtRate<T>(double recordsPerSecond, Func<long, T> create, long? count = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        if (recordsPerSecond is not (> 0 and <= 1e9))
        {
            throw new ArgumentOutOfRangeException(
                nameof(recordsPerSecond),
                recordsPerSecond,
                "The rate must be more than 0 and at most 1e9 records a second. Use Source.From for records as fast as they are taken.");
        }

        if (count is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(limit, nameof(count));
        }

        return new RateSource<T>(recordsPerSecond, create, count ?? long.MaxValue);
    }
}
