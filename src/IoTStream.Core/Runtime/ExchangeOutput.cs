using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Runtime;

/// <summary>The sending end of an exchange on one lane: distributes records over the rings to the receiving lanes and repeats every signal to all.</summary>
internal abstract class ExchangeOutput<T> : Operator<T>, IFlushable
{
    private readonly Ring<T>[] _rings;
    private readonly Slot<T>[] _open;
    private readonly Queue<Slot<T>>[] _overflow;
    private readonly int _batchSize;

    protected ExchangeOutput(Ring<T>[] rings, int batchSize)
    {
        _rings = rings;
        _open = Array.ConvertAll(rings, _ => new Slot<T>());
        _overflow = Array.ConvertAll(rings, _ => new Queue<Slot<T>>());
        _batchSize = batchSize;
    }

    public sealed override bool IsReady
    {
        get
        {
            for (int lane = 0; lane < _rings.Length; lane++)
            {
                if (_overflow[lane].Count > 0 || !(_open[lane].IsEmpty || _rings[lane].HasFree))
                {
                    return false;
                }
            }

            return true;
        }
    }

    public bool HasUnsent
    {
        get
        {
            for (int lane = 0; lane < _rings.Length; lane++)
            {
                if (_overflow[lane].Count > 0 || !_open[lane].IsEmpty)
                {
                    return true;
                }
            }

            return false;
        }
    }

    protected int Receivers => _rings.Length;

    public sealed override void OnBatch(scoped in Batch<T> batch)
    {
        for (int lane = 0; lane < _rings.Length; lane++)
        {
            if (_open[lane].HasSignal || _open[lane].Records.Count >= _batchSize)
            {
                Seal(lane);
            }
        }

        Distribute(in batch);
    }

    public sealed override void OnWatermark(long watermark)
    {
        foreach (Slot<T> slot in _open)
        {
            slot.Watermark = watermark;
        }
    }

    public sealed override void OnIdle(bool idle)
    {
        foreach (Slot<T> slot in _open)
        {
            slot.Idle = idle;
        }
    }

    /// <summary>Event time is assigned before the first exchange, so partitions mean nothing beyond it.</summary>
    public sealed override void OnPartition(SourcePartition partition, bool ended)
    {
    }

    /// <summary>What has been collected leaves with the barrier, so that nothing which comes later can be added before it.</summary>
    public sealed override void OnBarrier(long epoch)
    {
        for (int lane = 0; lane < _rings.Length; lane++)
        {
            _open[lane].Barrier = epoch;
            Seal(lane);
        }
    }

    public sealed override void OnEnd()
    {
        foreach (Slot<T> slot in _open)
        {
            slot.End = true;
        }
    }

    public bool Flush()
    {
        bool sent = false;
        for (int lane = 0; lane < _rings.Length; lane++)
        {
            Ring<T> ring = _rings[lane];
            while (_overflow[lane].Count > 0 && ring.HasFree)
            {
                ring.Publish(_overflow[lane].Dequeue());
                sent = true;
            }

            if (!_open[lane].IsEmpty && _overflow[lane].Count == 0 && ring.HasFree)
            {
                _open[lane] = ring.Publish(_open[lane]);
                sent = true;
            }
        }

        return sent;
    }

    /// <summary>Adds the records of a batch to the buffers of their receivers.</summary>
    protected abstract void Distribute(scoped in Batch<T> batch);

    /// <summary>What is being collected for a receiver.</summary>
    protected RecordBuffer<T> BufferOf(int receiver) => _open[receiver].Records;

    /// <summary>Closes what has been collected for a receiver, which has room for it unless two batches came for one question, or a barrier, which asks nobody.</summary>
    private void Seal(int lane)
    {
        if (_overflow[lane].Count == 0 && _rings[lane].HasFree)
        {
            _open[lane] = _rings[lane].Publish(_open[lane]);
        }
        else
        {
            _overflow[lane].Enqueue(_open[lane]);
            _open[lane] = new Slot<T>();
        }
    }
}
