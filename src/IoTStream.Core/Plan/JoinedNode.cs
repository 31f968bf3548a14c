using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>The two sides of a join by windows as one keyed stream. Either is on the lane that owns its key already.</summary>
internal sealed class JoinedNode<TKey, TLeft, TRight> : KeyedNode<TKey, Joined<TKey, TLeft, TRight>>, IConsumer<Joined<TKey, TLeft, TRight>>
    where TKey : notnull
{
    private readonly KeyedNode<TKey, TLeft> _left;
    private readonly KeyedNode<TKey, TRight> _right;
    private readonly string _join;

    public JoinedNode(
        UnionNode<Joined<TKey, TLeft, TRight>> input, KeyedNode<TKey, TLeft> left, KeyedNode<TKey, TRight> right, string join)
        : base(NodeKind.Join, name: null, input, new KeySelector<Joined<TKey, TLeft, TRight>, TKey>(record => record.Key), left.Hash)
    {
        _left = left;
        _right = right;
        _join = join;
    }

    public override LaneSet Place(Compilation compilation) => compilation.LanesOf(Inputs[0]);

    public override IEnumerable<TopologyError> Validate() => JoinErrors.Of(_join, _left, _right);

    public Operator<Joined<TKey, TLeft, TRight>> Receive(Compilation compilation, int lane) => Downstream(compilation, lane);
}
