namespace IoTStream.Connectors;

/// <summary>
/// A description of where records go. It holds no resources and can be opened any number of times, by any number of jobs.
/// </summary>
/// <typeparam name="T">The type of the records.</typeparam>
public interface ISink<T>
{
    /// <summary>
    /// Whether each lane may have a writer of its own. If not, which is the default, the job opens one writer and brings the
    /// records of all lanes to it, so that for example one file is written.
    /// </summary>
    bool AllowsParallelWriters => false;

    /// <summary>Opens a writer for one job.</summary>
    /// <param name="context">The job's side of the contract.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The writer; the job disposes it.</returns>
    ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken);
}
