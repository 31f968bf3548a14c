namespace IoTStream.Connectors;

/// <summary>
/// A sink that gives each record exactly once, whatever fails: what it is to write is kept in the job's epoch log first, and then applied an epoch at a
/// time together with the epoch's number. Without an epoch log, its <see cref="ISink{T}.OpenAsync"/> is used instead.
/// </summary>
/// <remarks>
/// A target that cannot remember numbers of epochs can be written in this way, too, at least once: then <see cref="Delivery"/> says so, and the last epoch may be
/// applied again after a failure, with the same number and the same bytes. What it makes of them can carry identifiers by which somebody recognises them.
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public interface IOutboxSink<T> : ISink<T>
{
    /// <summary>What the sink promises: <see cref="Connectors.Delivery.ExactlyOnce"/>, which is the default, or <see cref="Connectors.Delivery.AtLeastOnce"/>.</summary>
    Delivery Delivery => Delivery.ExactlyOnce;

    /// <summary>Opens a writer for one job.</summary>
    /// <param name="context">The job's side of the contract; its <see cref="SinkContext.EpochLog"/> is not null.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The writer; the job disposes it.</returns>
    ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken);
}
