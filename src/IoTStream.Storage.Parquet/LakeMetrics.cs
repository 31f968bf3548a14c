using System.Diagnostics;
using System.Diagnostics.Metrics;
using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Counts what a sink has written.</summary>
internal sealed class LakeMetrics(SinkContext context)
{
    private static readonly Meter Meter = new("IoTStream.Storage.Parquet");
    private static readonly Counter<long> Files = Meter.CreateCounter<long>("iotstream.parquet.files", "{file}", "Files that were written.");
    private static readonly Counter<long> Rows = Meter.CreateCounter<long>("iotstream.parquet.rows", "{row}", "Rows that were written.");
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("iotstream.parquet.retries", "{request}", "Requests to object storage that were tried again.");

    private readonly TagList _tags = new() { { "topology", context.Topology }, { "step", context.Step } };

    public static void Retry(in TagList tags) => Retries.Add(1, tags);

    public void Written(IReadOnlyList<FolderRows> folders)
    {
        Files.Add(folders.Count, _tags);
        Rows.Add(folders.Sum(static folder => (long)folder.Rows.Count), _tags);
    }
}
