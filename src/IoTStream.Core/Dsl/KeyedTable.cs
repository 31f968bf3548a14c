using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Dsl;

/// <summary>
/// The last record of each key: the twin of each device. It can be asked for from outside while the job runs, with <see cref="JobTables.Table"/>, and
/// other streams can be joined with it as of event time.
/// </summary>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class KeyedTable<TKey, T>
    where TKey : notnull
{
    private readonly TopologyBuilder _builder;

    internal KeyedTable(TopologyBuilder builder, TableNode<TKey, T> node)
    {
        _builder = builder;
        Node = node;
    }

    /// <summary>The name of the table.</summary>
    public string Name => Node.Name;

    /// <summary>All records that the table was given, in the order in which it was, still by key. Need not be consumed.</summary>
    public KeyedStream<TKey, T> Records => new(_builder, Node);

    internal TableNode<TKey, T> Node { get; }

    /// <summary>The name of the step that made records those of keys.</summary>
    internal string KeyStep
    {
        get
        {
            Node step = Node;
            while (step.Kind != NodeKind.KeyBy)
            {
                step = step.Inputs[0];
            }

            return step.Name;
        }
    }

    /// <summary>The hash by which keys are dealt out.</summary>
    internal uint HashOf(TKey key) => Node.GroupHash!(key);

    internal TableView<TKey, T> In(JobProgram job) => job.Tables.TryGetValue(Node, out object? found)
        ? (TableView<TKey, T>)found
        : throw new ArgumentException(
            $"The job '{job.Topology}' has no such table '{Name}': give the one that ToTable returned for the topology that the job was started from.",
            nameof(job));
}
