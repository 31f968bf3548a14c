using System.Text;
using IoTStream.Disk;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>
/// The epochs of a job and its log: what the last one of an earlier life left is restored, and what the lanes contribute to each epoch is committed. Not thread-safe:
/// one call at a time.
/// </summary>
internal sealed class EpochSession : IDisposable
{
    // After so many epochs a snapshot is to come round in about as many.
    private const long OldSnapshot = 512;

    private readonly IEpochStore _log;
    private readonly string _topology;
    private readonly IReadOnlyCollection<string> _asked;
    private readonly IReadOnlyCollection<string> _dropped;
    private readonly EpochContribution _own = new();
    private readonly List<EpochTable> _tables = [];
    private readonly List<Outbox> _outboxes = [];
    private EpochContribution[] _contributions = [];
    private long _turn = 1;
    private long _turnStart;
    private long _changedBytes;
    private readonly StateOrigin? _origin;

    // What came from elsewhere is not in the log yet: the first epoch has all of it.
    private bool _mustBeWhole;
    private long _share;
    private long _snapshotAge;
    private long _totalBytes;

    /// <param name="log">The log; disposed with the session.</param>
    /// <param name="topology">The name of the topology.</param>
    /// <param name="lanes">How many lanes the job has.</param>
    /// <param name="serializers">The serializers of the topology.</param>
    /// <param name="dropped">The steps whose state is given up, unless the log says that the job that wrote it did so at the same request.</param>
    /// <param name="savepoint">The directory of the savepoint with which an empty log begins; null if none.</param>
    /// <exception cref="StateMismatchException">The state is that of another topology.</exception>
    /// <exception cref="ArgumentException">The directory is no savepoint.</exception>
    public EpochSession(
        IEpochStore log, string topology, int lanes, StateSerializers serializers, IReadOnlyCollection<string> dropped, IDiskDirectory? savepoint = null)
    {
        _log = log;
        _topology = topology;
        _turnStart = log.LastEpoch + 1;
        _totalBytes = log.TotalBytes;
        _snapshotAge = log.KeepsEntries ? 0 : log.LastEpoch - log.Base + 1;
        Lanes = [.. Enumerable.Range(0, lanes).Select(lane => new LaneCapture(lane, log.LastEpoch, serializers))];
        _origin = StateOrigin.Find(log, savepoint);
        Stored = _origin is null ? null : StoredEpoch.Read(_origin);
        _asked = dropped;
        _dropped = _origin is { IsSavepoint: false } ? [.. dropped.Except(Stored!.Dropped, StringComparer.Ordinal)] : dropped;
        _mustBeWhole = _origin is { IsSavepoint: true };
        if (Stored is { } stored && !string.Equals(stored.Topology, topology, StringComparison.Ordinal))
        {
            throw new StateMismatchException(
                $"The epoch log belongs to the topology '{stored.Topology}', not to '{topology}': give each topology a directory of its own, or the topology " +
                "the name that it had.");
        }
    }

    /// <summary>
    /// So many bytes of what has not changed are written in each epoch even if nothing has: a snapshot comes round, and the cost cannot be measured. Tests have
    /// less, so that it takes several epochs.
    /// </summary>
    public long LeastShare { get; init; } = 64 * 1024;

    /// <summary>What collects the state of each lane.</summary>
    public IReadOnlyList<LaneCapture> Lanes { get; }

    /// <summary>What the job goes on from; null if it begins.</summary>
    public StoredEpoch? Stored { get; }

    public Guid Identity => _log.Identity;

    /// <summary>The last epoch that is committed; 0 if none.</summary>
    public long LastEpoch => _log.LastEpoch;

    /// <summary>How long the log is, in bytes. May be read by any thread.</summary>
    public long TotalBytes => Volatile.Read(ref _totalBytes);

    /// <summary>How many epochs ago the last complete snapshot began: by so much the log is longer than the state. May be read by any thread.</summary>
    public long SnapshotAge => Volatile.Read(ref _snapshotAge);

    /// <summary>How many bytes of an epoch that had not been committed were cut off the log when it was opened.</summary>
    public long CutOffBytes => _log.CutOffBytes;

    /// <summary>
    /// Whether a sink that does not remember what it has applied has applied the last epoch: it would be given it again by the next life of the job, which an epoch
    /// after that one spares it.
    /// </summary>
    public bool WantsAnother => _outboxes.Exists(outbox => !outbox.Remembers && outbox.LastApplied == LastEpoch);

    /// <summary>How many bytes the last epoch had.</summary>
    public long LastBytes { get; private set; }

    /// <summary>How many bytes the epochs of this life had, the headers of files and frames not counted.</summary>
    public long CommittedBytes { get; private set; }

    /// <summary>Registers an exactly-once sink. Before <see cref="Bind"/>.</summary>
    public void Add(Outbox outbox) => _outboxes.Add(outbox);

    /// <summary>Where the readers of a source were, by the names of their partitions.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> PositionsOf(string source) => Stored is null || _dropped.Contains(source, StringComparer.Ordinal)
        ? new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal)
        : Stored.Entries(source, SourcePositions.Part).ToDictionary(
            entry => Encoding.UTF8.GetString(entry.Key), entry => (ReadOnlyMemory<byte>)entry.Value, StringComparer.Ordinal);

    /// <summary>All steps are there: their parts get the numbers by which epochs refer to them.</summary>
    /// <exception cref="StateMismatchException">The log has state of steps that are not there.</exception>
    public void Bind()
    {
        Dictionary<(string, string), int> numbers = [];
        foreach (StepState step in Lanes.SelectMany(lane => lane.Steps))
        {
            foreach (DurableTable table in step.Tables)
            {
                table.Number = NumberOf(step.Step, table.Name, table.Format);
            }

            foreach (LaneState state in step.LaneStates)
            {
                state.Number = NumberOf(step.Step, state.Name, state.Format);
            }
        }

        foreach (Outbox outbox in _outboxes)
        {
            outbox.Number = NumberOf(outbox.Step, Outbox.Part, Outbox.Format);
        }

        foreach (string step in _asked)
        {
            _tables.Add(new EpochTable(_tables.Count, StateName.DropOf(step).ToString(), ""));
        }

        _contributions = new EpochContribution[Lanes.Count + 1];
        HashSet<string> steps = new(numbers.Keys.Select(static part => part.Item1), StringComparer.Ordinal);
        List<string> gone = [.. (Stored?.Steps ?? []).Where(step => !steps.Contains(step) && !_dropped.Contains(step, StringComparer.Ordinal))];
        if (gone.Count > 0)
        {
            string list = string.Join(", ", gone.Select(step => $"\"{step}\""));
            throw new StateMismatchException(
                $"The epoch log of '{_topology}' has state or positions of steps that the topology has no more, or that keep none any more: {list}. If they were renamed, give them " +
                $"their names back; to give up what the log has of them, start once with JobOptions.DropState = [{list}].");
        }

        CheckParts(numbers.ContainsKey);
        if (_log.KeepsEntries)
        {
            BeWhole();
        }

        int NumberOf(string step, string part, string format)
        {
            if (!numbers.TryGetValue((step, part), out int number))
            {
                number = numbers.Count;
                numbers.Add((step, part), number);
                bool isNew = _dropped.Contains(step, StringComparer.Ordinal);
                long generation = isNew ? _log.LastEpoch : Stored?.Find(step, part)?.Name.Generation ?? _log.LastEpoch;
                _tables.Add(new EpochTable(number, new StateName(step, part, generation).ToString(), format));
            }

            return number;
        }
    }

    /// <summary>What puts the state of the log back into the steps; null if there is none.</summary>
    public StateRestore? Restore() => Stored is null ? null : new StateRestore(_origin!, Stored, Lanes, _dropped);

    /// <summary>To be called before an epoch begins.</summary>
    public void Prepare()
    {
        _share = _mustBeWhole ? long.MaxValue / 2 : Math.Max(Math.Max(LeastShare, _changedBytes), ShareForAge) / Math.Max(1, Lanes.Count(HasTables));
        foreach (LaneCapture lane in Lanes)
        {
            lane.Turn = _turn;
            lane.ShareBytes = _share;
        }
    }

    private static bool HasTables(LaneCapture lane) => lane.Steps.Any(static step => step.Tables.Count > 0);

    /// <summary>So much that a snapshot of large state which hardly changes comes round all the same, even if jobs are started again and again before it has.</summary>
    private long ShareForAge => SnapshotAge > OldSnapshot ? TotalBytes / OldSnapshot : 0;

    /// <summary>Commits an epoch that is complete; returns when it is durable.</summary>
    /// <exception cref="LogFailedException">The disk failed, now or before.</exception>
    public void Commit(long epoch)
    {
        _own.Clear();
        bool isWhole = true;
        _changedBytes = 0;
        for (int i = 0; i < Lanes.Count; i++)
        {
            LaneCapture lane = Lanes[i];
            _contributions[i] = lane.For(epoch);
            _changedBytes += lane.TakeChangedBytes();
            foreach (StepState step in lane.Steps)
            {
                if (step.EndedFrom <= epoch)
                {
                    ContributeFor(step);
                }

                isWhole &= step.Tables.Count == 0 || (step.Turn == _turn && step.Tables.All(static table => table.IsWhole));
            }
        }

        _contributions[^1] = _own;
        long committed = _log.Commit(_turnStart, isWhole, epoch, [.. _tables], Encoding.UTF8.GetBytes(_topology), _contributions);
        if (committed != epoch)
        {
            throw new InvalidOperationException($"The log committed epoch {committed} where the job has epoch {epoch}.");
        }

        _mustBeWhole = false;
        LastBytes = _contributions.Sum(static contribution => contribution.Size);
        CommittedBytes += LastBytes;
        foreach (EpochContribution contribution in _contributions)
        {
            contribution.Clear();
        }

        Volatile.Write(ref _snapshotAge, _log.KeepsEntries ? 0 : epoch - _log.Base + 1);
        Volatile.Write(ref _totalBytes, _log.TotalBytes);
        if (isWhole && !_log.KeepsEntries)
        {
            _turn++;
            _turnStart = epoch + 1;
        }
    }

    /// <summary>Keeps the state as of the last epoch under a name.</summary>
    /// <returns>The directory of the savepoint.</returns>
    /// <exception cref="ArgumentException">The name is no name for a directory, or is taken.</exception>
    public string CreateSavepoint(string name) => _log.CreateSavepoint(name).Path;

    /// <summary>Has sinks apply an epoch that is committed.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="patience">How long a sink may go on after a cancellation; then it is left to itself, and has failed.</param>
    /// <param name="clock">By which that time is measured.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async ValueTask ApplyAsync(long epoch, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (_log.AppliesOutboxes)
        {
            _outboxes.ForEach(outbox => outbox.Clear(epoch));
            return;
        }

        foreach (Outbox outbox in _outboxes)
        {
            try
            {
                Task applying = outbox.ApplyAsync(epoch, cancellationToken).AsTask();
                await applying.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await applying.WaitAsync(patience, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!applying.IsCompleted)
                {
                    throw new TimeoutException($"It was applying epoch {epoch} when the job was cancelled, and did not end within {patience}. The next job has it applied again.");
                }

                await applying.ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                throw new StepException(outbox.Step, exception);
            }
        }
    }

    /// <summary>Has sinks apply what was committed in an earlier life.</summary>
    /// <exception cref="StateMismatchException">A sink and the log do not belong together.</exception>
    public async Task DeliverAsync(CancellationToken cancellationToken)
    {
        if (Stored is null || _origin!.IsSavepoint || _log.AppliesOutboxes)
        {
            return;
        }

        var delivery = new OutboxDelivery(_log, Stored);
        foreach (Outbox outbox in _outboxes.Where(outbox => !_dropped.Contains(outbox.Step, StringComparer.Ordinal)))
        {
            try
            {
                await delivery.RunAsync(outbox, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not StateMismatchException)
            {
                throw new JobFailedException(_topology, outbox.Step, exception);
            }
        }
    }

    public void Dispose() => _log.Dispose();

    /// <summary>What the store has of the tables stays there, so there is no rolling snapshot; but a table whose bytes are made in another way from now on is written anew.</summary>
    private void BeWhole()
    {
        foreach (StepState step in Lanes.SelectMany(static lane => lane.Steps))
        {
            step.Turn = _turn;
            foreach (DurableTable table in step.Tables)
            {
                table.IsWhole = Stored?.Find(step.Step, table.Name) is not { } stored || string.Equals(stored.Format, table.Format, StringComparison.Ordinal);
                if (!table.IsWhole)
                {
                    table.BeginTurn();
                    _mustBeWhole = true;
                }
            }
        }
    }

    /// <summary>A step of the same name that has become another one does not go on without what it had.</summary>
    private void CheckParts(Func<(string, string), bool> isThere)
    {
        List<(string Step, string Part)> gone =
            [.. (Stored?.Parts ?? []).Where(part => !isThere(part) && !_dropped.Contains(part.Step, StringComparer.Ordinal))];
        if (gone.Count > 0)
        {
            string parts = string.Join(", ", gone.Select(static part => $"'{part.Part}' of step \"{part.Step}\""));
            string steps = string.Join(", ", gone.Select(static part => $"\"{part.Step}\"").Distinct(StringComparer.Ordinal));
            throw new StateMismatchException(
                $"The epoch log of '{_topology}' has state that steps of these names do not keep any more: {parts}. Make the steps again what they were, or give them other " +
                $"names; to give up all that the log has of them, start once with JobOptions.DropState = [{steps}].");
        }
    }

    /// <summary>A step that has ended does nothing any more: what it has for the epoch is written here.</summary>
    private void ContributeFor(StepState step)
    {
        step.Last!.WriteTo(_own);
        foreach (DurableTable table in step.Tables)
        {
            if (step.Turn != _turn)
            {
                table.IsWhole = false;
                table.BeginTurn();
            }

            LaneCapture.WriteShare(table, _own, _share);
        }

        step.Turn = _turn;
    }
}
