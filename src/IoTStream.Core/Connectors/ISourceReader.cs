namespace IoTStream.Connectors;

/// <summary>
/// An open source, or a part of one. A lane calls <see cref="Read"/> from one thread at a time whenever the pipeline has room;
/// a reader that is not called has to hold its input back (stop reading its socket), for that is how backpressure reaches it.
/// </summary>
/// <remarks>
/// More can be offered by implementing <see cref="IDrainable"/> and <see cref="IAcknowledging"/>. A reader that receives from the outside at
/// times of its own is best built on <see cref="SourceQueue{T}"/>.
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public interface ISourceReader<T> : IAsyncDisposable
{
    /// <summary>
    /// The partitions that this reader reads, at least one. The first one is there for the reader's life; others may be added, each before its first record is handed out, for readers that find out
    /// as they read what partitions there are. Those that there are at the beginning, and that are awaited, event time waits for.
    /// </summary>
    IReadOnlyList<SourcePartition> Partitions { get; }

    /// <summary>
    /// Moves what is available into <paramref name="batch"/>, as much as fits. Never blocks and never waits: that would stop every
    /// other step on the lane.
    /// </summary>
    /// <param name="batch">An empty batch; it belongs to the job and must not be kept.</param>
    /// <returns>Whether to ask again. Records added before <see cref="ReadStatus.Ended"/> is returned still count.</returns>
    /// <exception cref="Exception">Whatever is thrown ends the job with it as the cause.</exception>
    ReadStatus Read(SourceBatch<T> batch);
}
