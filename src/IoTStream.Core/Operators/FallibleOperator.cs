namespace IoTStream.Operators;

/// <summary>An operator that runs a user's function, which may throw: signals go to the dead letters' side output too.</summary>
internal abstract class FallibleOperator<TIn, TOut>(Operator<TOut> next, StepCounters counters, ErrorHandler errors)
    : StepOperator<TIn, TOut>(next, counters)
{
    protected ErrorHandler Errors { get; } = errors;

    public override bool IsReady => Next.IsReady && Errors.IsReady;

    public override void OnWatermark(long watermark)
    {
        Counters.Watermark = watermark;
        Errors.DeadLetters?.OnWatermark(watermark);
        Next.OnWatermark(watermark);
    }

    public override void OnIdle(bool idle)
    {
        Errors.DeadLetters?.OnIdle(idle);
        Next.OnIdle(idle);
    }

    public override void OnBarrier(long epoch)
    {
        OnEpoch(epoch);
        Errors.DeadLetters?.OnBarrier(epoch);
        Next.OnBarrier(epoch);
    }

    public override void OnEnd()
    {
        OnLastEpoch();
        Errors.DeadLetters?.OnEnd();
        Next.OnEnd();
    }
}
