using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>A join of two streams by key and event time.</summary>
internal abstract class JoinNode<TKey, TLeft, TRight, TOut> : TwoInputNode<TLeft, TRight, TOut>
    where TKey : notnull
{
    protected JoinNode(string? name, KeyedNode<TKey, TLeft> left, KeyedNode<TKey, TRight> right)
        : base(NodeKind.Join, name, left, right)
    {
        LeftInput = left;
        RightInput = right;
        LateLeft = new SideNode<TLeft>(NodeKind.Late, this);
        LateRight = new SideNode<TRight>(NodeKind.Late, this);
    }

    /// <summary>Records of the left stream that came too late.</summary>
    public SideNode<TLeft> LateLeft { get; }

    /// <summary>As <see cref="LateLeft"/>, of the right stream.</summary>
    public SideNode<TRight> LateRight { get; }

    public sealed override bool NeedsName => true;

    protected KeyedNode<TKey, TLeft> LeftInput { get; }

    protected KeyedNode<TKey, TRight> RightInput { get; }

    public sealed override IEnumerable<TopologyError> Validate() => JoinErrors.Of(Name, LeftInput, RightInput);
}
