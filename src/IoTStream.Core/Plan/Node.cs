using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Plan;

/// <summary>A step of a topology as described, before there are lanes. Nodes are immutable once the topology is built and hold nothing of a job.</summary>
internal abstract class Node
{
    protected Node(NodeKind kind, string? name, params IReadOnlyList<Node> inputs)
    {
        Kind = kind;
        GivenName = name;
        Name = name ?? "";
        Inputs = inputs;
        foreach (Node input in inputs)
        {
            HasEventTime |= input.HasEventTime;
            FollowsExchange |= input.FollowsExchange || input.IsExchange;
            FollowsDeadLetters |= input.FollowsDeadLetters || input.Kind == NodeKind.DeadLetters;
        }

        HasEventTime &= inputs.All(input => input.HasEventTime);
    }

    public NodeKind Kind { get; }

    /// <summary>The name that the user gave; null if none.</summary>
    public string? GivenName { get; }

    /// <summary>The name in messages and metrics: what the user gave, else one made up when the topology is built.</summary>
    public string Name { get; set; }

    public IReadOnlyList<Node> Inputs { get; }

    /// <summary>What there is to say in a plan besides name and kind.</summary>
    public virtual string Details => "";

    /// <summary>Whether the step needs a name of the user's, because state, outputs or positions go by it.</summary>
    public virtual bool NeedsName => false;

    /// <summary>Whether records change lanes here.</summary>
    public virtual bool IsExchange => false;

    public bool HasEventTime { get; protected init; }

    /// <summary>Whether records have changed lanes before this step.</summary>
    public bool FollowsExchange { get; }

    public bool FollowsDeadLetters { get; }

    /// <summary>What happens to records on which the step fails; null of a step that calls nothing which could.</summary>
    public ErrorPolicy? ErrorPolicy { get; init; }

    /// <summary>Whether records can go from the step to the dead letters of a job.</summary>
    public virtual bool PutsAside(JobProgram program) =>
        ErrorPolicy == Operators.ErrorPolicy.DeadLetter
        || (ErrorPolicy == Operators.ErrorPolicy.Fail && program.PoisonRecords is not null && !FollowsDeadLetters);

    /// <summary>Whether nobody takes what this step gives. Side outputs may be left alone: what goes there is counted.</summary>
    public abstract bool IsDangling { get; }

    /// <summary>The lanes that have an instance of this step.</summary>
    public abstract LaneSet Place(Compilation compilation);

    /// <summary>The steps that this one gets records from.</summary>
    protected virtual IReadOnlyList<Node> Origins => Inputs;

    /// <summary>The sources that this step's records come from; of a source, itself.</summary>
    public IReadOnlySet<Node> Sources()
    {
        HashSet<Node> seen = [];
        Visit(this);
        seen.RemoveWhere(node => node is not ISourceNode);
        return seen;

        void Visit(Node node)
        {
            if (seen.Add(node))
            {
                foreach (Node origin in node.Origins)
                {
                    Visit(origin);
                }
            }
        }
    }

    /// <summary>What the step makes possible, if the job has an epoch log: those between sources and ends take nothing away.</summary>
    public virtual Delivery Delivery => Delivery.ExactlyOnce;

    /// <summary>Problems that only this kind of step can have.</summary>
    public virtual IEnumerable<TopologyError> Validate() => [];

    /// <summary>Which keys belong to a lane, of a step whose records are on the lanes that own their keys; null of any other.</summary>
    /// <param name="owners">The lane that owns each key group.</param>
    /// <param name="lane">The lane.</param>
    public virtual KeyOwnership? OwnershipOfOutput(int[] owners, int lane) => null;

    /// <summary>As <see cref="OwnershipOfOutput"/>, for the keys of the records that the step is given.</summary>
    public KeyOwnership? OwnershipOfInput(int[] owners, int lane) =>
        Inputs.Select(input => input.OwnershipOfOutput(owners, lane)).FirstOrDefault(static found => found is not null);

    protected TopologyError Error(string code, string message) => new(code, Name, message);
}
