using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>An operator that pushes to a next one. Signals are passed on unless a subclass has a use for them.</summary>
internal abstract class StepOperator<TIn, TOut>(Operator<TOut> next, StepCounters counters) : Operator<TIn>
{
    protected Operator<TOut> Next { get; } = next;

    protected StepCounters Counters { get; } = counters;

    /// <summary>What the operator keeps that outlives the job; null if nothing does.</summary>
    protected StepState? State { get; init; }

    public override bool IsReady => Next.IsReady;

    public override void OnWatermark(long watermark) => Next.OnWatermark(watermark);

    public override void OnIdle(bool idle) => Next.OnIdle(idle);

    public override void OnPartition(SourcePartition partition, bool ended) => Next.OnPartition(partition, ended);

    public override void OnBarrier(long epoch)
    {
        OnEpoch(epoch);
        Next.OnBarrier(epoch);
    }

    public override void OnEnd()
    {
        OnLastEpoch();
        Next.OnEnd();
    }

    /// <summary>
    /// An epoch ends here: all before its barrier has been processed, the results have left, and nothing behind it has been touched. What the
    /// operator keeps now is its part of the epoch; nothing is on its way that would have to be kept besides. Called before anybody
    /// downstream sees the barrier, so that the epoch cannot be complete without this.
    /// </summary>
    protected virtual void OnEpoch(long epoch) => State?.Capture(epoch);

    /// <summary>
    /// The input has ended, and everything has been processed: what the operator keeps now is its part of the epoch after the last one that
    /// it heard of, and of all that follow.
    /// </summary>
    protected virtual void OnLastEpoch() => State?.CaptureLast();

    protected void Emit(scoped in Batch<TOut> batch)
    {
        if (batch.Count > 0)
        {
            Counters.RecordsOut += batch.Count;
            Next.OnBatch(in batch);
        }
    }
}
