using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class ForEachNode<T>(StreamNode<T> input, Action<T, RecordContext> action, string name, int ordinal)
    : TerminalNode<T>(NodeKind.ForEach, input, name, ordinal)
{
    protected override Operator<T> CreateEnd(Compilation compilation, int lane)
    {
        StepCounters counters = compilation.Program.AddCounters(Name, lane);
        return new ForEachOperator<T>(action, counters, compilation.ErrorHandler(this, counters, lane));
    }
}
