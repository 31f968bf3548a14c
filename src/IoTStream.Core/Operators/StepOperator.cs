using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>An operator that pushes to a next one. Signals are passed on unless a subclass has a use for them.</summary>
internal abstract class StepOperator<TIn, TOut>(Operator<TOut> next, StepCounters counters) : Operator<TIn>
{
    protected Operator<TOut> Next { get; } = next;

    protected StepCounters Counters { get; } = counters;

    public override bool IsReady => Next.IsReady;

    public override void OnWatermark(long watermark) => Next.OnWatermark(watermark);

    public override void OnIdle(bool idle) => Next.OnIdle(idle);

    public override void OnPartition(SourcePartition partition, bool ended) => Next.OnPartition(partition, ended);

    public override void OnEnd() => Next.OnEnd();

    protected void Emit(scoped in Batch<TOut> batch)
    {
        if (batch.Count > 0)
        {
            Counters.RecordsOut += batch.Count;
            Next.OnBatch(in batch);
        }
    }
}
