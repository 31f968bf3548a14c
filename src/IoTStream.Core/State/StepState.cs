namespace IoTStream.State;

/// <summary>What a step keeps on a lane that outlives the job: its tables, and what belongs to no key. Used on its lane.</summary>
internal sealed class StepState(string step, LaneCapture lane)
{
    private readonly List<DurableTable> _tables = [];
    private readonly List<LaneState> _laneStates = [];
    private LaneEntries? _last;
    private long _endedFrom = long.MaxValue;
    private long _epoch = lane.EpochBefore;

    public string Step => step;

    public IReadOnlyList<DurableTable> Tables => _tables;

    public IReadOnlyList<LaneState> LaneStates => _laneStates;

    /// <summary>The serializers of the topology.</summary>
    public StateSerializers Serializers { get; } = lane.Serializers.For(step);

    /// <summary>The last epoch before the job started.</summary>
    public long EpochBefore => lane.EpochBefore;

    /// <summary>The number of the lane.</summary>
    public int Lane => lane.Lane;

    /// <summary>The turn of the rolling snapshot that its tables are in.</summary>
    public long Turn { get; set; }

    /// <summary>The first epoch that the step took no part in, because it had ended and contributed to it in advance. May be read by any thread.</summary>
    public long EndedFrom => Volatile.Read(ref _endedFrom);

    /// <summary>What the lane states were at last, for a step that has ended.</summary>
    public LaneEntries? Last => _last;

    /// <summary>To be called when the operator is made.</summary>
    public void Add(DurableTable table)
    {
        Check(table.Name);
        _tables.Add(table);
    }

    /// <inheritdoc cref="Add(DurableTable)"/>
    public void Add(LaneState state)
    {
        Check(state.Name);
        _laneStates.Add(state);
    }

    /// <summary>An epoch ends for the step: what it keeps now is its part of it.</summary>
    public void Capture(long epoch)
    {
        _epoch = epoch;
        lane.Capture(this, epoch);
    }

    /// <summary>The step has ended: what it keeps now is its part of the epoch after the last that it heard of, and of all that follow.</summary>
    public void CaptureLast()
    {
        _last = lane.CaptureLast(this, _epoch + 1);
        Volatile.Write(ref _endedFrom, _epoch + 1);
    }

    private void Check(string name)
    {
        if (_tables.Exists(table => string.Equals(table.Name, name, StringComparison.Ordinal))
            || _laneStates.Exists(state => string.Equals(state.Name, name, StringComparison.Ordinal)))
        {
            throw new InvalidOperationException($"Step '{step}' has two parts of its state named '{name}' on one lane.");
        }
    }
}
