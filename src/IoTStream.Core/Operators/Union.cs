using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Several inputs of one lane flow together into one operator. At a barrier they are aligned.</summary>
internal sealed class Union<T>
{
    private readonly Operator<T> _target;
    private readonly Port[] _ports;
    private readonly InputMerger _merger;
    private readonly BarrierMerger _barriers;
    private readonly int _batchSize;
    private int _added;

    /// <param name="target">What follows.</param>
    /// <param name="inputs">How many inputs there are on this lane.</param>
    /// <param name="batchSize">The most records in a batch.</param>
    public Union(Operator<T> target, int inputs, int batchSize)
    {
        _target = target;
        _merger = new InputMerger(inputs);
        _barriers = new BarrierMerger(inputs);
        _batchSize = batchSize;
        _ports = [.. Enumerable.Range(0, inputs).Select(input => new Port(this, input))];
    }

    /// <summary>The receiving end for one more input.</summary>
    public Operator<T> AddPort() => _ports[_added++];

    private void PassOnBarrierIfAligned()
    {
        if (_barriers.IsAligned)
        {
            _target.OnBarrier(_barriers.Epoch);
            _barriers.Release();
            foreach (Port port in _ports)
            {
                port.Release();
            }
        }
    }

    private sealed class Port(Union<T> union, int input) : Operator<T>
    {
        private readonly HeldSignals _signals = new();
        private readonly RecordBuffer<T> _records = new();

        /// <summary>Whether the barrier has come, and others wait for theirs.</summary>
        private bool _holds;

        public override bool IsReady => !_holds && union._target.IsReady;

        public override void OnBatch(scoped in Batch<T> batch)
        {
            if (_holds)
            {
                // Two paths that part and meet again bring two batches where one was asked for.
                _records.Add(batch);
                return;
            }

            union._target.OnBatch(in batch);
        }

        public override void OnWatermark(long watermark)
        {
            if (_holds)
            {
                _signals.Watermark = watermark;
                return;
            }

            union._merger.OnWatermark(input, watermark);
            union._merger.AnnounceTo(union._target);
        }

        public override void OnIdle(bool idle)
        {
            if (_holds)
            {
                _signals.Idle = idle;
                return;
            }

            union._merger.OnIdle(input, idle);
            union._merger.AnnounceTo(union._target);
        }

        public override void OnPartition(SourcePartition partition, bool ended)
        {
            if (_holds)
            {
                _signals.Add(partition, ended);
                return;
            }

            union._target.OnPartition(partition, ended);
        }

        public override void OnBarrier(long epoch)
        {
            _holds = true;
            union._barriers.OnBarrier(input, epoch);
            union.PassOnBarrierIfAligned();
        }

        public override void OnEnd()
        {
            if (_holds)
            {
                _signals.End = true;
                return;
            }

            union._merger.OnEnd(input);
            union._merger.AnnounceTo(union._target);
            union._barriers.OnEnd(input);
            union.PassOnBarrierIfAligned();
        }

        /// <summary>The barrier has been passed on: what came behind it follows.</summary>
        public void Release()
        {
            _holds = false;
            for (int start = 0; start < _records.Count; start += union._batchSize)
            {
                union._target.OnBatch(_records.AsBatch(start, Math.Min(_records.Count - start, union._batchSize)));
            }

            _records.Clear();
            _signals.PassTo(this);
        }
    }
}
