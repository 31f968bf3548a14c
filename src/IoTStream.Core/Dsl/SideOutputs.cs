using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <summary>The side outputs of a process function, each by its tag.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class SideOutputs
{
    private readonly TopologyBuilder _builder;
    private readonly TaggedSides _sides;

    internal SideOutputs(TopologyBuilder builder, TaggedSides sides)
    {
        _builder = builder;
        _sides = sides;
    }

    /// <summary>What the function emits with a tag. What goes to tags that nobody asks for is counted as dropped.</summary>
    /// <param name="tag">The tag.</param>
    /// <typeparam name="T">The type of what goes there.</typeparam>
    public DataStream<T> Of<T>(OutputTag<T> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        SideNode<T> node = _sides.Of(tag, out bool isNew);
        return new DataStream<T>(_builder, isNew ? _builder.Add(node) : node);
    }
}
