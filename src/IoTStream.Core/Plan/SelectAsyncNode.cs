using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Plan;

internal sealed class SelectAsyncNode<TIn, TOut>(
    StreamNode<TIn> input, Func<TIn, RecordContext, CancellationToken, ValueTask<TOut>> function, CallSettings settings, string? name)
    : StepNode<TIn, TOut>(NodeKind.SelectAsync, name, input)
{
    public override string Details =>
        $"{(settings.KeepOrder ? "in order" : "in any order")}, up to {settings.MaxInFlight} in flight, timeout {settings.Timeout}, " +
        $"attempts {settings.Attempts}";

    protected override Operator<TIn> CreateOperator(
        Operator<TOut> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new SelectAsyncOperator<TIn, TOut>(function, settings, next, counters, errors, compilation.Context(lane));
}
