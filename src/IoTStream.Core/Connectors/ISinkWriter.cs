namespace IoTStream.Connectors;

/// <summary>
/// An open sink. The job makes one call at a time and waits for its task before the next; while a task runs, a bounded number of
/// records queue up and then the pipeline is held back.
/// </summary>
/// <typeparam name="T">The type of the records.</typeparam>
public interface ISinkWriter<T> : IAsyncDisposable
{
    /// <summary>
    /// Takes records over. A writer that can finish at once should return a completed task, which costs nothing; it is called on the
    /// lane's thread, so it must not block there.
    /// </summary>
    /// <param name="batch">The records; valid until the task completes, not after.</param>
    /// <param name="cancellationToken">Cancelled when the job is cancelled or fails.</param>
    /// <exception cref="Exception">Whatever is thrown ends the job with it as the cause.</exception>
    ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken);

    /// <summary>
    /// Makes what was written visible. Called when the input pauses, so that results under light load do not wait in buffers, and
    /// before <see cref="CompleteAsync"/>.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the job is cancelled or fails.</param>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The last record has been written: the source has ended or the job was stopped. Not called if the job fails or is cancelled;
    /// then only <see cref="IAsyncDisposable.DisposeAsync"/> follows.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the job is cancelled or fails.</param>
    ValueTask CompleteAsync(CancellationToken cancellationToken);
}
