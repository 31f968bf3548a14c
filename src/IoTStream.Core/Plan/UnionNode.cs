using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class UnionNode<T> : StreamNode<T>, IConsumer<T>
{
    public UnionNode(IReadOnlyList<StreamNode<T>> inputs)
        : base(NodeKind.Union, name: null, inputs)
    {
    }

    public override LaneSet Place(Compilation compilation) => LaneSet.Union(Inputs.Select(compilation.LanesOf));

    public Operator<T> Receive(Compilation compilation, int lane) => compilation
        .Shared(this, lane, () => new Union<T>(
            Downstream(compilation, lane), Inputs.Count(input => compilation.LanesOf(input).Contains(lane)), compilation.Program.Options.BatchSize))
        .AddPort();
}
