using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>What follows a step that is there for its side outputs, or its state, and whose own results nobody takes.</summary>
internal sealed class Unconsumed<T>(EpochEnd end) : Operator<T>
{
    public override bool IsReady => true;

    public override void OnBatch(scoped in Batch<T> batch)
    {
    }

    public override void OnWatermark(long watermark)
    {
    }

    public override void OnIdle(bool idle)
    {
    }

    public override void OnPartition(SourcePartition partition, bool ended)
    {
    }

    public override void OnBarrier(long epoch) => end.OnBarrier(epoch);

    public override void OnEnd() => end.OnEnd();
}
