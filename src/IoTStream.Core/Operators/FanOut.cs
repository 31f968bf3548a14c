using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Pushes everything to several operators: a stream with more than one consumer.</summary>
internal sealed class FanOut<T>(Operator<T>[] targets) : Operator<T>
{
    public override bool IsReady
    {
        get
        {
            foreach (Operator<T> target in targets)
            {
                if (!target.IsReady)
                {
                    return false;
                }
            }

            return true;
        }
    }

    public override void OnBatch(scoped in Batch<T> batch)
    {
        foreach (Operator<T> target in targets)
        {
            target.OnBatch(in batch);
        }
    }

    public override void OnWatermark(long watermark)
    {
        foreach (Operator<T> target in targets)
        {
            target.OnWatermark(watermark);
        }
    }

    public override void OnIdle(bool idle)
    {
        foreach (Operator<T> target in targets)
        {
            target.OnIdle(idle);
        }
    }

    public override void OnPartition(SourcePartition partition, bool ended)
    {
        foreach (Operator<T> target in targets)
        {
            target.OnPartition(partition, ended);
        }
    }

    public override void OnBarrier(long epoch)
    {
        foreach (Operator<T> target in targets)
        {
            target.OnBarrier(epoch);
        }
    }

    public override void OnEnd()
    {
        foreach (Operator<T> target in targets)
        {
            target.OnEnd();
        }
    }
}
