using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>The end of a chain in a user's callback.</summary>
internal sealed class ForEachOperator<T, TAction>(TAction action, StepCounters counters, ErrorHandler errors, EpochEnd end) : Operator<T>
    where TAction : struct, IAction<T>
{
    public override bool IsReady => errors.IsReady;

    public override void OnBatch(scoped in Batch<T> batch)
    {
        counters.RecordsIn += batch.Count;
        int next = 0;
        while (next < batch.Count)
        {
            next = Call(in batch, next);
        }

        errors.DeadLetters?.Flush();
    }

    public override void OnWatermark(long watermark)
    {
        counters.Watermark = watermark;
        errors.DeadLetters?.OnWatermark(watermark);
    }

    public override void OnIdle(bool idle) => errors.DeadLetters?.OnIdle(idle);

    public override void OnPartition(SourcePartition partition, bool ended)
    {
    }

    public override void OnBarrier(long epoch)
    {
        errors.DeadLetters?.OnBarrier(epoch);
        end.OnBarrier(epoch);
    }

    public override void OnEnd()
    {
        errors.DeadLetters?.OnEnd();
        end.OnEnd();
    }

    private int Call(scoped in Batch<T> batch, int start)
    {
        ReadOnlySpan<T> values = batch.Values;
        TAction call = action;
        int i = start;
        try
        {
            for (; i < values.Length; i++)
            {
                call.Invoke(values[i], in batch, i);
            }
        }
        catch (Exception exception)
        {
            errors.Handle(exception, values[i], batch.Context(i));
            i++;
        }

        return i;
    }
}
