using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class ForEachNode<T, TAction>(StreamNode<T> input, TAction action, string name, int ordinal)
    : TerminalNode<T>(NodeKind.ForEach, input, name, ordinal)
    where TAction : struct, IAction<T>
{
    public override Delivery Delivery => Delivery.AtLeastOnce;

    protected override Operator<T> CreateEnd(Compilation compilation, int lane)
    {
        StepCounters counters = compilation.Program.AddCounters(Name, lane);
        return new ForEachOperator<T, TAction>(action, counters, compilation.ErrorHandler(this, counters, lane), compilation.Program.Epochs.AddEnd());
    }
}
