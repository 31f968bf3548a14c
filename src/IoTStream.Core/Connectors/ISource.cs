namespace IoTStream.Connectors;

/// <summary>
/// A description of where records come from. It holds no resources and can be opened any number of times, by any number of jobs.
/// </summary>
/// <typeparam name="T">The type of the records.</typeparam>
public interface ISource<T>
{
    /// <summary>Opens the source for one job.</summary>
    /// <param name="context">The job's side of the contract.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>
    /// One reader or more. Each reader is read by one lane; the lanes share the readers out between them, so more readers than
    /// <see cref="SourceContext.Lanes"/> bring no more speed. The job disposes them.
    /// </returns>
    ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken);
}
