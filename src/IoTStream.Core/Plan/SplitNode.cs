using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>Divides a stream. Its branches are nodes of their own.</summary>
internal sealed class SplitNode<T> : Node, IConsumer<T>
{
    private readonly StreamNode<T> _input;
    private readonly Func<T, RecordContext, bool>[] _predicates;

    public SplitNode(StreamNode<T> input, Func<T, RecordContext, bool>[] predicates, string? name)
        : base(NodeKind.Split, name, input)
    {
        _input = input;
        _predicates = predicates;
        Branches = [.. Enumerable.Range(0, predicates.Length + 1).Select(_ => new SideNode<T>(NodeKind.Branch, this))];
    }

    /// <summary>A branch for each predicate, and the last for what none of them takes.</summary>
    public IReadOnlyList<SideNode<T>> Branches { get; }

    public override bool IsDangling => Branches.All(branch => branch.IsDangling);

    public override string Details => $"{Branches.Count} branches";

    public override LaneSet Place(Compilation compilation) => compilation.LanesOf(_input);

    public Operator<T> Receive(Compilation compilation, int lane)
    {
        SideOutput<T>?[] branches = [.. Branches.Select(branch => branch.SideDownstream(compilation, lane))];
        StepCounters counters = compilation.Program.AddCounters(Name, lane);
        return new SplitOperator<T>(_predicates, branches, counters, compilation.ErrorHandler(this, counters, lane));
    }
}
