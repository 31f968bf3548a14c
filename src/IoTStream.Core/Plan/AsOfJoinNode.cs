using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>A join of a stream with the versions of a table's rows.</summary>
internal sealed class AsOfJoinNode<TKey, TLeft, TRow, TOut> : TwoInputNode<TLeft, TRow, TOut>
    where TKey : notnull
{
    private readonly KeyedNode<TKey, TLeft> _left;
    private readonly KeyedNode<TKey, TRow> _table;
    private readonly AsOfJoinSettings<TRow> _settings;
    private readonly Func<TLeft, TRow, TOut> _result;

    public AsOfJoinNode(
        KeyedNode<TKey, TLeft> left, KeyedNode<TKey, TRow> table, AsOfJoinSettings<TRow> settings, Func<TLeft, TRow, TOut> result, string name)
        : base(NodeKind.Join, name, left, table)
    {
        _left = left;
        _table = table;
        _settings = settings;
        _result = result;
        Late = new SideNode<TLeft>(NodeKind.Late, this);
    }

    /// <summary>Records that came too late.</summary>
    public SideNode<TLeft> Late { get; }

    public override bool NeedsName => true;

    public override string Details =>
        $"{(_settings.IsOuter ? "left outer" : "inner")}, latest row as of event time, allowed lateness {TimeSpan.FromTicks(_settings.AllowedLateness)}";

    public override IEnumerable<TopologyError> Validate() => JoinErrors.Of(Name, _left, _table);

    protected override TwoInputOperator<TLeft, TRow, TOut> CreateOperator(
        int inputs, Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new AsOfJoinOperator<TKey, TLeft, TRow, TOut>(
            inputs,
            _left.Key,
            _table.Key,
            _settings,
            _result,
            Late.SideDownstream(compilation, lane),
            next,
            counters,
            errors,
            compilation.Context(lane));
}
