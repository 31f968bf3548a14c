namespace IoTStream.Connectors;

/// <summary>
/// A sink that gives each record exactly once, whatever fails: what it is to write is kept in the job's epoch log first, and then applied an epoch at a
/// time together with the epoch's number. Without an epoch log, its <see cref="ISink{T}.OpenAsync"/> is used instead.
/// </summary>
/// <typeparam name="T">The type of the records.</typeparam>
public interface IOutboxSink<T> : ISink<T>
{
    /// <summary>Opens a writer for one job.</summary>
    /// <param name="context">The job's side of the contract; its <see cref="SinkContext.EpochLog"/> is not null.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The writer; the job disposes it.</returns>
    ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken);
}
