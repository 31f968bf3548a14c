using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// The receiving end of an operator. Everything arrives in band and in order, on one lane. A batch may be pushed only while
/// <see cref="IsReady"/> is true, and the caller asks again before each: that is how backpressure travels upstream without anyone
/// waiting. Signals (watermark, idleness, end) are states rather than items: they can be pushed at any time, and an operator
/// which still has something to emit before one keeps only the newest. Where two paths part and meet again, an operator can get one
/// batch from each for one question; it takes them all.
/// </summary>
/// <remarks>
/// A barrier can be pushed at any time as well, but it is an item: it is never lost, and neither overtakes anything nor is overtaken. The
/// next one comes only when all operators of the job have passed this one on.
/// </remarks>
internal abstract class Operator<T>
{
    /// <summary>Whether one more batch, of at most the job's batch size, can be taken.</summary>
    public abstract bool IsReady { get; }

    public abstract void OnBatch(scoped in Batch<T> batch);

    /// <summary>No record with this timestamp or an earlier one is expected any more. Watermarks only grow.</summary>
    public abstract void OnWatermark(long watermark);

    /// <summary>The input has gone silent and is not to be waited for, or speaks again.</summary>
    public abstract void OnIdle(bool idle);

    /// <summary>A partition of a source has been opened or has ended. Reaches as far as the operator that assigns event time.</summary>
    public abstract void OnPartition(SourcePartition partition, bool ended);

    /// <summary>
    /// All that came before belongs to this epoch, all that follows to later ones. An operator passes the barrier on when everything before
    /// it has been processed and its results have left, and nothing behind it has been touched: so its state then is what the epoch consists of.
    /// </summary>
    public abstract void OnBarrier(long epoch);

    /// <summary>Nothing will follow, not even a barrier.</summary>
    public abstract void OnEnd();
}
