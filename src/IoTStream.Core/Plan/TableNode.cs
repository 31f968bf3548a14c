using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Plan;

/// <summary>Keeps the last record of each key, to be asked for from outside, and passes all on.</summary>
internal sealed class TableNode<TKey, T> : KeyedStepNode<TKey, T>
    where TKey : notnull
{
    private readonly TimeSpan? _lateness;

    /// <param name="input">The records.</param>
    /// <param name="removes">Which of them remove their key; null if none do.</param>
    /// <param name="lateness">For how long removals are remembered; null if there are none.</param>
    /// <param name="name">The name.</param>
    public TableNode(KeyedNode<TKey, T> input, Func<T, bool>? removes, TimeSpan? lateness, string name)
        : base(NodeKind.Table, name, input)
    {
        Removes = removes;
        _lateness = lateness;
        IsInOrder = input.IsInOrder;
    }

    public Func<T, bool>? Removes { get; }

    public override bool NeedsName => true;

    public override bool IsInOrder { get; }

    /// <summary>A table is of use by itself.</summary>
    public override bool IsDangling => false;

    public override string Details =>
        $"last record of each key by {(HasEventTime ? "event time" : "arrival")}{(_lateness is { } time ? $", with removals, allowed lateness {time}" : "")}";

    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane)
    {
        long? lateness = _lateness is { } time ? Time.Ticks.Bounded(time) : null;
        var table = new TableOperator<TKey, T>(Key, Removes, new LatestValues<TKey, T>(HasEventTime, lateness), next, counters, errors, compilation.Context(lane));
        TableView<TKey, T> view = compilation.Shared(this, lane: 0, () =>
        {
            var created = new TableView<TKey, T>(compilation.Program, Name, GroupHash!, compilation.KeyGroupOwners);
            compilation.Program.Tables.Add(this, created);
            return created;
        });
        view.Add(lane, table);
        return table;
    }
}
