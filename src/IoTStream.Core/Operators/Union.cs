using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Several inputs of one lane flow together into one operator.</summary>
internal sealed class Union<T>(Operator<T> target, int inputs)
{
    private readonly InputMerger _merger = new(inputs);
    private int _ports;

    private Operator<T> Target => target;

    /// <summary>The receiving end for one more input.</summary>
    public Operator<T> AddPort() => new Port(this, _ports++);

    private sealed class Port(Union<T> union, int input) : Operator<T>
    {
        public override bool IsReady => union.Target.IsReady;

        public override void OnBatch(scoped in Batch<T> batch) => union.Target.OnBatch(in batch);

        public override void OnWatermark(long watermark)
        {
            union._merger.OnWatermark(input, watermark);
            union._merger.AnnounceTo(union.Target);
        }

        public override void OnIdle(bool idle)
        {
            union._merger.OnIdle(input, idle);
            union._merger.AnnounceTo(union.Target);
        }

        public override void OnPartition(SourcePartition partition, bool ended) => union.Target.OnPartition(partition, ended);

        public override void OnEnd()
        {
            union._merger.OnEnd(input);
            union._merger.AnnounceTo(union.Target);
        }
    }
}
