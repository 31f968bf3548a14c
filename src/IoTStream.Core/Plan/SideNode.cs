namespace IoTStream.Plan;

/// <summary>An output of a step that has several.</summary>
internal sealed class SideNode<T> : StreamNode<T>
{
    private readonly Node _owner;

    public SideNode(NodeKind kind, Node owner)
        : base(kind, name: null, owner) => _owner = owner;

    public override LaneSet Place(Compilation compilation) => compilation.LanesOf(_owner);
}
