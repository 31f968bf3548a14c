using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class ProcessingTimeNode<T> : StepNode<T, T>
{
    private readonly TimeSpan _resolution;

    public ProcessingTimeNode(StreamNode<T> input, TimeSpan resolution, string? name)
        : base(NodeKind.ProcessingTime, name, input)
    {
        _resolution = resolution;
        HasEventTime = true;
    }

    public override string Details => $"to {_resolution}";

    protected override Operator<T> CreateOperator(
        Operator<T> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new ProcessingTimeOperator<T>(_resolution, next, counters, compilation.Context(lane));
}
