using System.Threading.Channels;
using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <summary>Describes a pipeline: start streams with <c>From</c>, end them with <c>To</c> or <c>ForEach</c>, then <see cref="Build"/>.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed partial class TopologyBuilder
{
    private readonly string _name;
    private readonly List<Node> _nodes = [];
    private readonly DeadLettersNode _deadLetters = new();

    /// <summary>Starts an empty topology.</summary>
    /// <param name="name">Its name, in metrics and messages; give it one that stays the same over restarts.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    public TopologyBuilder(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        _name = name;
        _nodes.Add(_deadLetters);
    }

    /// <summary>
    /// What sources could not decode, and what steps with <see cref="ErrorPolicy.DeadLetter"/> failed on, as one stream. Give it a sink;
    /// without one, what sources cannot decode is only counted.
    /// </summary>
    public DataStream<DeadLetter> DeadLetters => new(this, _deadLetters);

    /// <summary>Starts a stream from a source.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="source">Where the records come from.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <returns>The stream. Call <c>WithEventTime</c> on it before any window.</returns>
    public DataStream<T> From<T>(string name, ISource<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var node = new SourceNode<T>(source, name, _nodes.OfType<ISourceNode>().Count()) { ErrorPolicy = ErrorPolicy.DeadLetter };
        return new DataStream<T>(this, Add(node));
    }

    /// <summary>Starts a stream from a collection; it ends with it. See <see cref="Source.From{T}(IEnumerable{T})"/>.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="items">The records.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public DataStream<T> From<T>(string name, IEnumerable<T> items) => From(name, Source.From(items));

    /// <summary>Starts a stream from an asynchronous stream; it ends with it. See <see cref="Source.From{T}(IAsyncEnumerable{T}, int)"/>.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="items">The records.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public DataStream<T> From<T>(string name, IAsyncEnumerable<T> items) => From(name, Source.From(items));

    /// <summary>Starts a stream from a channel; it ends when the channel is completed. See <see cref="Source.From{T}(ChannelReader{T})"/>.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="channel">Where the records are written.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public DataStream<T> From<T>(string name, ChannelReader<T> channel) => From(name, Source.From(channel));

    /// <summary>Checks the whole and makes it immutable. The builder can be extended and built again.</summary>
    /// <param name="required">
    /// What each path from a source to a sink has to make possible when the job has an epoch log; by default nothing is asked for.
    /// </param>
    /// <returns>The topology, ready to be started.</returns>
    /// <exception cref="TopologyException">Something is wrong; the exception lists everything, each with what to do about it.</exception>
    public Topology Build(Delivery required = Delivery.AtMostOnce) => Topology.Create(_name, [.. _nodes], _deadLetters, _state.ToSerializers(), required);

    internal TNode Add<TNode>(TNode node)
        where TNode : Node
    {
        _nodes.Add(node);
        return node;
    }

    internal int CountOf(NodeKind kind) => _nodes.Count(node => node.Kind == kind);
}
