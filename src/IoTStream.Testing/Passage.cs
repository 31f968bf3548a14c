using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Testing;

/// <summary>
/// Stands between two steps of a hostile run: has room for one batch now and then, and sees to it that what passes keeps to the rules that
/// steps rely on.
/// </summary>
internal sealed class Passage<T>(Operator<T> next, Room room, int batchSize) : Operator<T>
{
    private long _watermark = Watermark.None;
    private long _epoch;
    private bool _ended;

    public override bool IsReady => room.IsFree && next.IsReady;

    public override void OnBatch(scoped in Batch<T> batch)
    {
        Demand(!_ended, "a batch came after the end");
        Demand(batch.Count > 0 && batch.Count <= batchSize, $"a batch of {batch.Count} came where 1 to {batchSize} are allowed");
        room.Take();
        next.OnBatch(in batch);
    }

    public override void OnWatermark(long watermark)
    {
        Demand(!_ended, "a watermark came after the end");
        Demand(watermark >= _watermark, $"the watermark went back from {_watermark} to {watermark}");
        _watermark = watermark;
        next.OnWatermark(watermark);
    }

    public override void OnIdle(bool idle) => next.OnIdle(idle);

    public override void OnPartition(SourcePartition partition, bool ended) => next.OnPartition(partition, ended);

    public override void OnBarrier(long epoch)
    {
        Demand(!_ended, "a barrier came after the end");
        Demand(epoch == _epoch + 1, $"the barrier of epoch {epoch} came after that of epoch {_epoch}");
        _epoch = epoch;
        next.OnBarrier(epoch);
    }

    public override void OnEnd()
    {
        Demand(!_ended, "a stream ended twice");
        _ended = true;
        next.OnEnd();
    }

    private void Demand(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"A step broke the rules before {next.GetType().Name}: {otherwise}.");
        }
    }
}
