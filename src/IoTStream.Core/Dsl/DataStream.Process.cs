using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

public sealed partial class DataStream<T>
{
    /// <summary>Brings every record to every lane, for a function that needs them beside records of keys. See <see cref="BroadcastStream{T}"/>.</summary>
    public BroadcastStream<T> Broadcast()
    {
        var node = new BroadcastNode<T>(Node);
        return new BroadcastStream<T>(_builder, _builder.Add(node));
    }

    /// <summary>Runs a function with state that belongs to no key: each lane has an instance with its own, and sees the records that are on it.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="create">Creates the function, once for each lane.</param>
    /// <param name="onError">What happens to a record on which it throws.</param>
    /// <typeparam name="TOut">The type of the results.</typeparam>
    public DataStream<TOut> Process<TOut>(string name, Func<Process<T, TOut>> create, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Process(name, create, out _, onError);

    /// <inheritdoc cref="Process{TOut}(string, Func{Process{T, TOut}}, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="create">Creates the function, once for each lane.</param>
    /// <param name="sides">What the function gives besides its results.</param>
    /// <param name="onError">What happens to a record on which it throws.</param>
    public DataStream<TOut> Process<TOut>(
        string name, Func<Process<T, TOut>> create, out SideOutputs sides, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(create);
        var node = new ProcessNode<T, TOut>(Node, create, name) { ErrorPolicy = onError };
        sides = new SideOutputs(_builder, node.Sides);
        return Append(node);
    }
}
