using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>What all steps of a topology put aside, as one stream.</summary>
internal sealed class DeadLettersNode() : StreamNode<DeadLetter>(NodeKind.DeadLetters, name: null)
{
    private IReadOnlyList<Node> _fallible = [];

    /// <summary>The steps that put records aside whatever the job; known when the topology is built.</summary>
    public IReadOnlyList<Node> Contributors { get; private set; } = [];

    protected override IReadOnlyList<Node> Origins => Contributors;

    /// <summary>Tells it, once, of all steps that can fail on a record.</summary>
    public void SetFallible(IEnumerable<Node> fallible)
    {
        _fallible = [.. fallible];
        Contributors = [.. _fallible.Where(static node => node.ErrorPolicy == Operators.ErrorPolicy.DeadLetter)];
    }

    public override LaneSet Place(Compilation compilation) => LaneSet.Union(ContributorsIn(compilation).Select(compilation.LanesOf));

    /// <summary>Where one step puts records aside on a lane; null if nobody consumes them.</summary>
    public SideOutput<DeadLetter>? Port(Compilation compilation, int lane) => ConsumersIn(compilation).Count == 0
        ? null
        : new SideOutput<DeadLetter>(compilation
            .Shared(this, lane, () => new Union<DeadLetter>(
                Downstream(compilation, lane),
                ContributorsIn(compilation).Count(contributor => compilation.LanesOf(contributor).Contains(lane)),
                compilation.Program.Options.BatchSize))
            .AddPort());

    private IEnumerable<Node> ContributorsIn(Compilation compilation) => _fallible.Where(node => compilation.Includes(node) && node.PutsAside(compilation.Program));
}
