using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>The side outputs of a process function, as far as somebody has asked for them.</summary>
internal sealed class TaggedSides(Node owner)
{
    private readonly List<(OutputTag Tag, Node Node, Func<Compilation, int, SideOutput?> Open)> _sides = [];

    /// <summary>The stream of a tag.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="isNew">Whether nobody has asked for it before.</param>
    public SideNode<T> Of<T>(OutputTag<T> tag, out bool isNew)
    {
        Node? found = _sides.Find(side => side.Tag.IsSameAs(tag)).Node;
        isNew = found is null;
        if (found is not null)
        {
            return (SideNode<T>)found;
        }

        var node = new SideNode<T>(NodeKind.SideOutput, owner);
        _sides.Add((tag, node, (compilation, lane) => node.SideDownstream(compilation, lane)));
        return node;
    }

    /// <summary>The side outputs that somebody takes on a lane.</summary>
    public IReadOnlyList<TaggedOutput> Open(Compilation compilation, int lane) =>
    [
        .. _sides
            .Where(side => compilation.Includes(side.Node))
            .Select(side => (side.Tag, Output: side.Open(compilation, lane)))
            .Where(side => side.Output is not null)
            .Select(side => new TaggedOutput(side.Tag, side.Output!)),
    ];
}
