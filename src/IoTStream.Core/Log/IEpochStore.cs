namespace IoTStream.Log;

/// <summary>
/// Where the epochs of a job become durable: the log of the job, or for a shard of a topology that is scaled out the transactions of a cluster. Not thread-safe; contributions are made beside it.
/// </summary>
internal interface IEpochStore : IDisposable
{
    /// <summary>Tells the store from any other.</summary>
    Guid Identity { get; }

    /// <summary>The number of the last committed epoch; 0 if there is none.</summary>
    long LastEpoch { get; }

    /// <summary>The epoch from which on replaying gives all of the state.</summary>
    long Base { get; }

    /// <summary>The first epoch that the store still has.</summary>
    long FirstEpoch { get; }

    /// <summary>How long it is, in bytes.</summary>
    long TotalBytes { get; }

    /// <summary>How many bytes of an epoch that had not been committed were cut off when it was opened.</summary>
    long CutOffBytes { get; }

    /// <summary>Whether entries of state stay until they are replaced, so that those which do not change need not be written again.</summary>
    bool KeepsEntries { get; }

    /// <summary>Whether the commit of an epoch also applies its outboxes, so that nothing of them is left to do.</summary>
    bool AppliesOutboxes { get; }

    /// <summary>Reads what gives all of the state, or what came later.</summary>
    /// <param name="from">The first epoch: <see cref="Base"/> or a later one.</param>
    IEpochReader Read(long from);

    /// <inheritdoc cref="EpochWriter.Commit"/>
    long Commit(
        long turnStart,
        bool completesTurn,
        long keepFrom,
        ReadOnlySpan<EpochTable> tables,
        ReadOnlySpan<byte> description,
        ReadOnlySpan<EpochContribution> contributions);

    /// <inheritdoc cref="EpochWriter.CreateSavepoint"/>
    Savepoint CreateSavepoint(string name);
}
