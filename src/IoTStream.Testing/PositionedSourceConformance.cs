using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>
/// Checks that a source can be read again from every position that it gives (<see cref="IPositioned"/>), as exactly-once delivery needs it. See
/// docs/exactly-once-connectors.md.
/// </summary>
public static class PositionedSourceConformance
{
    /// <summary>
    /// Reads the source once from beginning to end, and then again and again with positions taken and readers closed at arbitrary moments, as when a job
    /// crashes or is stopped: each time it is opened again at the positions taken last, and all of it together has to be what came the first time.
    /// </summary>
    /// <param name="source">The source: it ends by itself, and gives the same each time that it is opened; some tens to thousands of records are best.</param>
    /// <param name="runs">How many times it is read with interruptions; by default 50.</param>
    /// <param name="seed">What the interruptions are drawn from; by default 1.</param>
    /// <param name="comparer">When records are the same; by default as their type says.</param>
    /// <param name="timeProvider">The clock that the source is given; by default the system's.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ConformanceException">The source does not keep to the contract.</exception>
    public static async Task CheckAsync<T>(
        ISource<T> source,
        int runs = 50,
        int seed = 1,
        IEqualityComparer<T>? comparer = null,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        if (source.Delivery != Delivery.ExactlyOnce)
        {
            throw new ConformanceException($"The source says that its Delivery is {source.Delivery}; a source whose readers have positions says ExactlyOnce.");
        }

        comparer ??= EqualityComparer<T>.Default;
        var whole = new SourceReading<T>(source, new Random(seed), timeProvider ?? TimeProvider.System);
        await using (whole.ConfigureAwait(false))
        {
            await whole.ReadAsync(interruptions: 0, cancellationToken).ConfigureAwait(false);
        }

        for (int run = 0; run < runs; run++)
        {
            var reading = new SourceReading<T>(source, new Random(seed + run), timeProvider ?? TimeProvider.System);
            await using (reading.ConfigureAwait(false))
            {
                try
                {
                    await reading.ReadAsync(interruptions: 1 + (run % 10), cancellationToken).ConfigureAwait(false);
                    reading.Compare(whole, comparer);
                }
                catch (ConformanceException exception)
                {
                    throw new ConformanceException($"{exception.Message} Repeat it with runs: 1, seed: {seed + run}.", exception);
                }
            }
        }
    }
}
