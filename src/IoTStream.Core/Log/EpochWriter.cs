using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>
/// The open log of a job: reads back what was committed, and commits epochs, one append and one sync each. Not thread-safe; contributions are made beside it.
/// </summary>
internal sealed class EpochWriter : IEpochStore
{
    private const byte EpochFrame = 1;

    private readonly IDiskDirectory _directory;
    private readonly SegmentedLog _log;
    private readonly TimeProvider _timeProvider;
    private readonly EpochPayload _payload = new();

    private EpochWriter(IDiskDirectory directory, SegmentedLog log, TimeProvider timeProvider)
    {
        _directory = directory;
        _log = log;
        _timeProvider = timeProvider;
        Base = ReadBase();
    }

    /// <summary>Tells the log from any other, also from one that was begun anew in the same directory.</summary>
    public Guid Identity => _log.Identity;

    /// <summary>The number of the last committed epoch; 0 if there is none.</summary>
    public long LastEpoch => _log.CommittedSequence - 1;

    /// <summary>The epoch from which on replaying gives all of the state.</summary>
    public long Base { get; private set; }

    /// <summary>The first epoch that the log still has.</summary>
    public long FirstEpoch => _log.Start;

    /// <summary>What was cut away at the end when the log was opened, if anything: an epoch that was not committed.</summary>
    public CutOffTail? CutOff => _log.CutOff;

    /// <inheritdoc/>
    public long CutOffBytes => CutOff?.Bytes ?? 0;

    /// <inheritdoc/>
    public bool KeepsEntries => false;

    /// <inheritdoc/>
    public bool AppliesOutboxes => false;

    /// <summary>How long the log is, in bytes.</summary>
    public long TotalBytes => _log.Segments.Sum(segment => segment.Length);

    /// <summary>Opens the log, or begins it.</summary>
    /// <exception cref="LogInUseException">Somebody else has it open.</exception>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    public static EpochWriter Open(EpochLog description, TimeProvider timeProvider) =>
        Open(DiskDirectory.Ensure(description.Directory), description, timeProvider);

    /// <inheritdoc cref="Open(EpochLog, TimeProvider)"/>
    public static EpochWriter Open(IDiskDirectory directory, EpochLog description, TimeProvider timeProvider)
    {
        SegmentedLog log = SegmentedLog.Open(directory, new SegmentedLogOptions(LogKind.Epochs)
        {
            SegmentSize = description.SegmentSize,
            DamagedTail = description.DamagedTail,
            TimeProvider = timeProvider,
        });
        try
        {
            return new EpochWriter(directory, log, timeProvider);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Reads what gives all of the state: from <see cref="Base"/> to <see cref="LastEpoch"/>, each epoch's share and changes in order.</summary>
    public EpochReader Replay() => Read(Base);

    /// <summary>Reads epochs, such as those whose outbox a sink has not applied.</summary>
    public EpochReader Read(long from) => new(_directory, from);

    /// <inheritdoc/>
    IEpochReader IEpochStore.Read(long from) => Read(from);

    /// <summary>Commits the next epoch; returns when it is durable.</summary>
    /// <param name="turnStart">The epoch with which the current turn of the rolling snapshot began; at most the one that is being committed.</param>
    /// <param name="completesTurn">Whether the turn is complete with this epoch. Then what came before <paramref name="turnStart"/> is cut away.</param>
    /// <param name="keepFrom">The first epoch whose outbox is still needed; it and those after it are kept.</param>
    /// <param name="tables">The names that the numbers in the sections stand for.</param>
    /// <param name="description">What the job says about itself.</param>
    /// <param name="contributions">The sections. They must stay as they are during the call.</param>
    /// <returns>The epoch's number.</returns>
    /// <exception cref="LogFailedException">The disk failed, now or before.</exception>
    public long Commit(
        long turnStart,
        bool completesTurn,
        long keepFrom,
        ReadOnlySpan<EpochTable> tables,
        ReadOnlySpan<byte> description,
        ReadOnlySpan<EpochContribution> contributions)
    {
        long epoch = _log.NextSequence;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(turnStart, epoch);
        ArgumentOutOfRangeException.ThrowIfLessThan(turnStart, Base);
        long newBase = completesTurn ? turnStart : Base;
        var header = new EpochHeader(epoch, _timeProvider.GetUtcNow().UtcTicks, turnStart, completesTurn, newBase);
        _payload.Write(in header, tables, description, contributions);
        _log.Append(EpochFrame, _payload.Bytes);
        _log.CutBefore(Math.Min(newBase, keepFrom));
        _log.Commit();
        Base = newBase;
        return epoch;
    }

    /// <summary>Keeps the log as it is now under a name, whatever becomes of it later.</summary>
    /// <exception cref="ArgumentException">The name is no name for a directory, or is taken.</exception>
    /// <exception cref="InvalidOperationException">Nothing has been committed yet.</exception>
    public Savepoint CreateSavepoint(string name) =>
        Savepoint.Create(_directory, name, [.. _log.Segments], Base, LastEpoch, _timeProvider.GetUtcNow().UtcTicks);

    public void Dispose() => _log.Dispose();

    private long ReadBase()
    {
        if (LastEpoch == 0)
        {
            return 1;
        }

        using EpochReader last = Read(LastEpoch);
        return last.TryRead(out Epoch epoch)
            ? epoch.Header.Base
            : throw new LogDamagedException(_directory.Path, 0, $"the epoch {LastEpoch} is there no more.", Remedies.Restore);
    }
}
