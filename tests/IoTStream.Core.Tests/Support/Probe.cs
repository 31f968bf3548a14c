using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Support;

/// <summary>The end of a chain under test: keeps all that arrives, and is full when it is told to be.</summary>
internal sealed class Probe<T> : Operator<T>
{
    /// <summary>How many batches can still be taken.</summary>
    public int Room { get; set; } = int.MaxValue;

    public List<(T Value, RecordContext Context)> Records { get; } = [];

    public List<T> Values => [.. Records.Select(record => record.Value)];

    /// <summary>What arrived, in order: values, watermarks as <c>w:10</c>, idleness as <c>idle</c> or <c>active</c>, <c>end</c>.</summary>
    public List<string> Log { get; } = [];

    public List<int> BatchSizes { get; } = [];

    /// <summary>How often a batch came for which there was no room.</summary>
    public int Unasked { get; private set; }

    public long Watermark { get; private set; } = Time.Watermark.None;

    public bool HasEnded { get; private set; }

    public bool IsIdle { get; private set; }

    public override bool IsReady => Room > 0;

    public override void OnBatch(scoped in Batch<T> batch)
    {
        Unasked += Room > 0 ? 0 : 1;
        Room--;
        BatchSizes.Add(batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            Records.Add((batch.Values[i], batch.Context(i)));
            Log.Add($"{batch.Values[i]}");
        }
    }

    public override void OnWatermark(long watermark)
    {
        watermark.Should().BeGreaterThan(Watermark, "watermarks only grow");
        Watermark = watermark;
        Log.Add($"w:{(watermark == Time.Watermark.End ? "end" : watermark)}");
    }

    public override void OnIdle(bool idle)
    {
        IsIdle = idle;
        Log.Add(idle ? "idle" : "active");
    }

    public override void OnPartition(SourcePartition partition, bool ended) => Log.Add($"{(ended ? "closed" : "opened")} {partition.Name}");

    public override void OnBarrier(long epoch) => Log.Add($"b:{epoch}");

    public override void OnEnd()
    {
        HasEnded.Should().BeFalse("a stream ends once");
        HasEnded = true;
        Log.Add("end");
    }
}
