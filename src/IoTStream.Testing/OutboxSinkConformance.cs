using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>
/// Checks that an exactly-once sink (<see cref="IOutboxSink{T}"/>) makes each epoch visible once, completely or not at all, and knows which was the last,
/// whatever fails. See docs/exactly-once-connectors.md.
/// </summary>
public static class OutboxSinkConformance
{
    /// <summary>
    /// Writes epochs to the sink's target as jobs do that crash at arbitrary moments, and reads the target meanwhile: epochs encoded in one life and applied in
    /// another, calls that are cancelled, epochs of several logs and steps with the same numbers, encoding while an epoch is applied; then real jobs, which
    /// crash before and after each call and are started again.
    /// </summary>
    /// <param name="sink">The sink; its target is empty at first, and only the check writes it.</param>
    /// <param name="record">Makes the record of a number. No two are the same.</param>
    /// <param name="read">Reads all records that are visible to others, in any order.</param>
    /// <param name="runs">How many random runs there are; by default 20.</param>
    /// <param name="seed">What they are drawn from; by default 1.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <typeparam name="T">The type of the records, which tells when two are the same.</typeparam>
    /// <exception cref="ConformanceException">The sink does not keep to the contract.</exception>
    public static async Task CheckAsync<T>(
        IOutboxSink<T> sink,
        Func<int, T> record,
        Func<CancellationToken, Task<IReadOnlyList<T>>> read,
        int runs = 20,
        int seed = 1,
        CancellationToken cancellationToken = default)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        var target = new SinkTarget<T>(record, read);
        await target.CheckAsync("before anything was written", cancellationToken).ConfigureAwait(false);
        for (int run = 0; run < runs; run++)
        {
            try
            {
                await new OutboxRun<T>(sink, target, new Random(seed + run)).RunAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ConformanceException exception)
            {
                throw new ConformanceException($"{exception.Message} Repeat it with runs: 1, seed: {seed + run}, as far as the sink repeats what it does.", exception);
            }
        }

        await new CrashingJobs<T>(sink, target).RunAsync(cancellationToken).ConfigureAwait(false);
    }
}
