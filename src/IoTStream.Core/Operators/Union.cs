using IoTStream.Connectors;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Several inputs of one lane flow together into one operator.</summary>
internal sealed class Union<T>(Operator<T> target, int inputs)
{
    private readonly InputMerger _merger = new(inputs);
    private long _watermark = Watermark.None;
    private bool _idle;
    private int _ports;

    private Operator<T> Target => target;

    /// <summary>The receiving end for one more input.</summary>
    public Operator<T> AddPort() => new Port(this, _ports++);

    private void Announce()
    {
        if (_merger.Watermark > _watermark)
        {
            _watermark = _merger.Watermark;
            target.OnWatermark(_watermark);
        }

        if (_merger.IsIdle != _idle)
        {
            _idle = _merger.IsIdle;
            target.OnIdle(_idle);
        }

        if (_merger.HasEnded)
        {
            target.OnEnd();
        }
    }

    private sealed class Port(Union<T> union, int input) : Operator<T>
    {
        public override bool IsReady => union.Target.IsReady;

        public override void OnBatch(scoped in Batch<T> batch) => union.Target.OnBatch(in batch);

        public override void OnWatermark(long watermark)
        {
            union._merger.OnWatermark(input, watermark);
            union.Announce();
        }

        public override void OnIdle(bool idle)
        {
            union._merger.OnIdle(input, idle);
            union.Announce();
        }

        public override void OnPartition(SourcePartition partition, bool ended) => union.Target.OnPartition(partition, ended);

        public override void OnEnd()
        {
            union._merger.OnEnd(input);
            union.Announce();
        }
    }
}
