namespace IoTStream.Connectors;

/// <summary>Implemented by a sink's writer that divides what it is given into epochs, to make each of them visible as a whole.</summary>
internal interface IEpochWriter
{
    /// <summary>
    /// All records of this epoch have been given to the writer; what follows belongs to the next one. Called in order with the other calls,
    /// in the place of a flush; the epoch is not complete before the task is.
    /// </summary>
    /// <param name="epoch">The number of the epoch.</param>
    /// <param name="cancellationToken">Cancelled when the job is cancelled or fails.</param>
    ValueTask CutAsync(long epoch, CancellationToken cancellationToken);
}
