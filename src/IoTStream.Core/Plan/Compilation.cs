using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Plan;

/// <summary>Makes a job's lanes out of a topology: opens sinks and sources, then builds the operators of each lane from the ends back.</summary>
internal sealed class Compilation(JobProgram program, IReadOnlyList<Node> nodes, DeadLettersNode deadLetters)
{
    private readonly Dictionary<(Node Node, int Lane, Type Type), object> _shared = [];
    private readonly Dictionary<Node, LaneSet> _lanes = [];
    private readonly Dictionary<WatermarkAlignment, AlignmentGroup> _alignments = [];
    private readonly HashSet<Node> _included = [.. nodes];

    public JobProgram Program { get; } = program;

    /// <summary>How many lanes there are behind exchanges.</summary>
    public int Lanes => Program.Options.Lanes;

    /// <summary>The lane that owns each key group, the same throughout the job.</summary>
    public int[] KeyGroupOwners => field ??= KeyGroups.Share(Lanes);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Where a sink has its writers depends on where the sources have their readers.
        foreach (Node node in nodes)
        {
            if (node is ISourceNode source)
            {
                await OpenAsync(node, source.OpenAsync, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (Node node in nodes)
        {
            if (node is ISinkNode sink)
            {
                await OpenAsync(node, sink.OpenAsync, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (ISourceNode source in nodes.OfType<ISourceNode>())
        {
            source.Build(this);
        }

        Program.TrimLanes();
        if (Program.Session is { } session)
        {
            SetOwnership(session);
            session.Bind();
        }
    }

    /// <summary>Whether a node is part of the topology: steps that its builder added later are not.</summary>
    public bool Includes(Node node) => _included.Contains(node);

    public OperatorContext Context(int lane) => Program.Lanes[lane].Context;

    public LaneSet LanesOf(Node node)
    {
        if (!_lanes.TryGetValue(node, out LaneSet? lanes))
        {
            lanes = node.Place(this);
            _lanes.Add(node, lanes);
        }

        return lanes;
    }

    /// <summary>A place for a step on a lane among the sources that are kept together.</summary>
    public AlignmentMember Join(WatermarkAlignment alignment, int lane)
    {
        if (!_alignments.TryGetValue(alignment, out AlignmentGroup? group))
        {
            group = new AlignmentGroup(alignment.MaxDrift);
            _alignments.Add(alignment, group);
        }

        return group.Join(Program.Lanes[lane].Wake);
    }

    /// <summary>What a source on a lane shares with the steps after it.</summary>
    public SourceHold HoldOf(Node source, int lane) => Shared(source, lane, () => new SourceHold());

    /// <summary>The sources on a lane that a node's records come from.</summary>
    public IReadOnlyList<SourceHold> SourcesBefore(Node node, int lane) =>
        [.. node.Sources().Where(source => Includes(source) && LanesOf(source).Contains(lane)).Select(source => HoldOf(source, lane))];

    /// <summary>What a node keeps for a lane of this job, made when it is first asked for.</summary>
    public TShared Shared<TShared>(Node node, int lane, Func<TShared> create)
        where TShared : class
    {
        if (_shared.TryGetValue((node, lane, typeof(TShared)), out object? found))
        {
            return (TShared)found;
        }

        TShared created = create();
        _shared.Add((node, lane, typeof(TShared)), created);
        return created;
    }

    public ErrorHandler ErrorHandler(Node node, StepCounters counters, int lane) => new(
        node.ErrorPolicy ?? ErrorPolicy.Fail,
        counters,
        node.PutsAside(Program) ? deadLetters.Port(this, lane) : null,
        Program.PoisonRecords);

    /// <summary>Creates something with a user's factory: what that throws fails the start of the job in the name of the step.</summary>
    public TCreated Create<TCreated>(Node node, Func<TCreated> create)
    {
        try
        {
            return create();
        }
        catch (Exception exception) when (exception is not JobFailedException)
        {
            throw new JobFailedException(Program.Topology, node.Name, exception);
        }
    }

    /// <summary>Tells the state of keyed steps which keys are whose.</summary>
    private void SetOwnership(EpochSession session)
    {
        Dictionary<string, Node> steps = nodes.ToDictionary(static node => node.Name, StringComparer.Ordinal);
        foreach (LaneCapture lane in session.Lanes)
        {
            foreach (StepState step in lane.Steps.Where(step => steps.ContainsKey(step.Step)))
            {
                KeyOwnership? ownership = steps[step.Step].OwnershipOfInput(KeyGroupOwners, lane.Lane);
                foreach (DurableTable table in step.Tables)
                {
                    table.SetOwnership(ownership);
                }

                foreach (LaneState state in step.LaneStates)
                {
                    state.SetOwnership(ownership);
                }
            }
        }
    }

    private async Task OpenAsync(Node node, Func<Compilation, CancellationToken, ValueTask> open, CancellationToken cancellationToken)
    {
        try
        {
            await open(this, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new JobFailedException(Program.Topology, node.Name, exception);
        }
    }
}
