namespace IoTStream.Connectors;

/// <summary>
/// A description of where records come from. It holds no resources and can be opened any number of times, by any number of jobs.
/// </summary>
/// <typeparam name="T">The type of the records.</typeparam>
public interface ISource<T>
{
    /// <summary>
    /// What the source makes possible when a job fails and is started again: exactly once if it can be read again from the position of an epoch
    /// (<see cref="IPositioned"/>), at least once if its peer keeps what was not acknowledged (<see cref="IAcknowledging"/>), by default at most once.
    /// </summary>
    Delivery Delivery => Delivery.AtMostOnce;

    /// <summary>Opens the source for one job.</summary>
    /// <param name="context">The job's side of the contract.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>
    /// One reader or more. Each reader is read by one lane; the lanes share the readers out between them, so more readers than
    /// <see cref="SourceContext.Lanes"/> bring no more speed. The job disposes them.
    /// </returns>
    ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken);
}
