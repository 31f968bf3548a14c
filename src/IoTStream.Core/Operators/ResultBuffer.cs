using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Results on their way out of an operator that gives any number of them for one record or signal: they leave in batches as there is room.</summary>
internal sealed class ResultBuffer<T>(Operator<T> next, StepCounters counters, int batchSize)
{
    private readonly RecordBuffer<T> _buffer = new();
    private int _sent;

    public bool IsEmpty => _buffer.Count == 0;

    /// <summary>Whether enough has been collected for a batch: then it is time to flush, before more is added.</summary>
    public bool IsFull => _buffer.Count - _sent >= batchSize;

    public void Add(long timestamp, in T value, RecordOrigin origin) => _buffer.Add(timestamp, in value, origin);

    /// <summary>Sends what there is room for.</summary>
    /// <returns>Whether nothing is left.</returns>
    public bool Flush()
    {
        while (_sent < _buffer.Count)
        {
            if (!next.IsReady)
            {
                return false;
            }

            int count = Math.Min(_buffer.Count - _sent, batchSize);
            counters.RecordsOut += count;
            next.OnBatch(_buffer.AsBatch(_sent, count));
            _sent += count;
        }

        _buffer.Clear();
        _sent = 0;
        return true;
    }
}
