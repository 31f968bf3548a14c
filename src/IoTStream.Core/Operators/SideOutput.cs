using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// A second output of an operator: collects what goes there during a batch and passes it on after it. At most as many records as
/// the batch had may be added between two flushes.
/// </summary>
internal sealed class SideOutput<T>(Operator<T> target)
{
    private readonly RecordBuffer<T> _buffer = new();

    public bool IsReady => target.IsReady;

    /// <summary>How many records wait for the next flush.</summary>
    public int Count => _buffer.Count;

    public void Add(in T value, RecordContext context) => _buffer.Add(context.TimestampTicks, in value, context.Origin);

    public void Flush()
    {
        if (_buffer.Count > 0)
        {
            target.OnBatch(_buffer.AsBatch());
            _buffer.Clear();
        }
    }

    public void OnWatermark(long watermark) => target.OnWatermark(watermark);

    public void OnIdle(bool idle) => target.OnIdle(idle);

    public void OnPartition(SourcePartition partition, bool ended) => target.OnPartition(partition, ended);

    public void OnEnd() => target.OnEnd();
}
