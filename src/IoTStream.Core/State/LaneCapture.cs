using IoTStream.Log;

namespace IoTStream.State;

/// <summary>
/// Collects what the steps of a lane contribute to an epoch. Its lane writes at the barrier; whoever commits the epoch reads when it is complete. A step
/// that ends writes for the next epoch, which may be while this one is being committed: so there are two contributions that take turns.
/// </summary>
/// <param name="lane">The lane.</param>
/// <param name="epochBefore">The last epoch before the job started.</param>
/// <param name="serializers">The serializers of the topology.</param>
internal sealed class LaneCapture(int lane, long epochBefore, StateSerializers serializers)
{
    private readonly EpochContribution[] _contributions = [new(), new()];
    private readonly List<StepState> _steps = [];
    private readonly StateWriter _writer = new();
    private long _epoch = epochBefore;
    private long _turn;
    private long _left;
    private long _changedBytes;

    public int Lane { get; } = lane;

    /// <summary>The last epoch before the job started.</summary>
    public long EpochBefore { get; } = epochBefore;

    public StateSerializers Serializers { get; } = serializers;

    public IReadOnlyList<StepState> Steps => _steps;

    /// <summary>The turn of the rolling snapshot that the next epoch belongs to. Set before it begins.</summary>
    public long Turn { get; set; }

    /// <summary>How many bytes of what has not changed the lane is to write for the next epoch, about. Set before it begins.</summary>
    public long ShareBytes { get; set; }

    /// <summary>The contribution to an epoch.</summary>
    public EpochContribution For(long epoch) => _contributions[epoch & 1];

    public StepState Add(string step)
    {
        var state = new StepState(step, this);
        _steps.Add(state);
        return state;
    }

    public void Capture(StepState step, long epoch)
    {
        if (epoch != _epoch)
        {
            _epoch = epoch;
            _left = ShareBytes;
            _turn = Turn;
        }

        EpochContribution contribution = For(epoch);
        foreach (DurableTable table in step.Tables)
        {
            if (step.Turn != _turn)
            {
                table.IsWhole = false;
                table.BeginTurn();
            }

            _left -= WriteShare(table, contribution, _left);
            WriteChanges(table, contribution);
        }

        step.Turn = _turn;
        foreach (LaneState state in step.LaneStates)
        {
            contribution.Begin(SectionKind.Positions, state.Number);
            state.Collect(Lane, _writer, contribution.Put);
        }
    }

    /// <summary>How many bytes of changes the lane has written since the last time. To be called between two epochs.</summary>
    public long TakeChangedBytes() => Interlocked.Exchange(ref _changedBytes, 0);

    /// <summary>Goes on with a table's part of the rolling snapshot.</summary>
    /// <returns>How many bytes it wrote.</returns>
    public static long WriteShare(DurableTable table, EpochContribution contribution, long bytes)
    {
        if (table.IsWhole)
        {
            return 0;
        }

        long before = contribution.Size;
        contribution.Begin(SectionKind.Share, table.Number);
        table.IsWhole = table.WriteShare(contribution, Math.Max(0, bytes));
        return contribution.Size - before;
    }

    /// <summary>As <see cref="Capture"/>, for a step that has ended, and whose share is written elsewhere from this epoch on.</summary>
    /// <returns>Its lane states, which each epoch from this one on repeats.</returns>
    public LaneEntries CaptureLast(StepState step, long epoch)
    {
        EpochContribution contribution = For(epoch);
        foreach (DurableTable table in step.Tables)
        {
            WriteChanges(table, contribution);
        }

        var last = new LaneEntries();
        foreach (LaneState state in step.LaneStates)
        {
            state.Collect(Lane, _writer, (key, value) => last.Add(state.Number, key, value));
        }

        return last;
    }

    private void WriteChanges(DurableTable table, EpochContribution contribution)
    {
        long before = contribution.Size;
        contribution.Begin(SectionKind.Changes, table.Number);
        table.WriteChanges(contribution);
        Interlocked.Add(ref _changedBytes, contribution.Size - before);
    }
}
