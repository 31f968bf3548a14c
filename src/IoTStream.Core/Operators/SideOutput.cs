using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>A second output of an operator, whatever the type of its records.</summary>
internal abstract class SideOutput
{
    public abstract bool IsReady { get; }

    /// <summary>How many records wait for the next flush.</summary>
    public abstract int Count { get; }

    /// <summary>Passes on what has been collected, as far as there is room.</summary>
    /// <returns>Whether nothing is left.</returns>
    public abstract bool TryFlush(int batchSize);

    public abstract void OnWatermark(long watermark);

    public abstract void OnIdle(bool idle);

    public abstract void OnPartition(SourcePartition partition, bool ended);

    public abstract void OnBarrier(long epoch);

    public abstract void OnEnd();
}

/// <summary>
/// A second output of an operator: collects what goes there during a batch and passes it on after it. Where at most as many records are
/// added between two flushes as the batch had, <see cref="Flush"/> passes them on at once; else <see cref="TryFlush"/> does it by and by.
/// </summary>
internal sealed class SideOutput<T>(Operator<T> target) : SideOutput
{
    private readonly RecordBuffer<T> _buffer = new();
    private int _sent;

    public override bool IsReady => target.IsReady;

    public override int Count => _buffer.Count - _sent;

    public void Add(in T value, RecordContext context) => _buffer.Add(context.TimestampTicks, in value, context.Origin);

    public void Flush()
    {
        if (_buffer.Count > 0)
        {
            target.OnBatch(_buffer.AsBatch());
            _buffer.Clear();
        }
    }

    public override bool TryFlush(int batchSize)
    {
        while (_sent < _buffer.Count)
        {
            if (!target.IsReady)
            {
                return false;
            }

            int count = Math.Min(_buffer.Count - _sent, batchSize);
            target.OnBatch(_buffer.AsBatch(_sent, count));
            _sent += count;
        }

        _buffer.Clear();
        _sent = 0;
        return true;
    }

    public override void OnWatermark(long watermark) => target.OnWatermark(watermark);

    public override void OnIdle(bool idle) => target.OnIdle(idle);

    public override void OnPartition(SourcePartition partition, bool ended) => target.OnPartition(partition, ended);

    public override void OnBarrier(long epoch) => target.OnBarrier(epoch);

    public override void OnEnd() => target.OnEnd();
}
