using System.Buffers;

namespace IoTStream.Connectors;

/// <summary>
/// An open sink that applies epochs. <see cref="Encode"/> is called on a lane; the other methods are called from elsewhere, meanwhile, one call at a
/// time.
/// </summary>
/// <typeparam name="T">The type of the records.</typeparam>
public interface IOutboxWriter<T> : IAsyncDisposable
{
    /// <summary>
    /// Makes bytes of records, for <see cref="ApplyAsync"/>, which may come after a restart, in another version of the program. Must not block, and must
    /// not have any effect besides.
    /// </summary>
    /// <param name="batch">The records; valid during the call.</param>
    /// <param name="outbox">Takes the bytes. Those of one epoch come together again, in the same order.</param>
    /// <exception cref="Exception">
    /// Whatever is thrown ends the job with it as the cause, or restarts it: the records are tried one by one first, to find the one that cannot be encoded.
    /// </exception>
    void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox);

    /// <summary>Finds out which epoch of the job was applied last: the one with the greatest number. Not asked of a sink that is at-least-once.</summary>
    /// <param name="cancellationToken">Cancelled when the job is.</param>
    /// <returns>The number; 0 if there was none.</returns>
    ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Makes all of an epoch visible, or nothing, together with its number. If the call fails, the job does, and it is repeated after a restart
    /// unless <see cref="GetLastEpochAsync"/> says that it was successful. Not called for epochs without records.
    /// </summary>
    /// <param name="epoch">The number of the epoch, greater than the last one's.</param>
    /// <param name="outbox">What was encoded in the epoch; valid until the task completes.</param>
    /// <param name="cancellationToken">Cancelled when the job is cancelled or fails.</param>
    ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken);
}
