using System.Diagnostics;
using System.Diagnostics.Metrics;
using IoTStream.Connectors;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Counts what becomes of partitions.</summary>
internal sealed class PartitionMetrics(SinkContext context)
{
    private static readonly Meter Meter = new("IoTStream.Storage.PostgreSql");

    private static readonly Counter<long> PartitionsCreated = Meter.CreateCounter<long>("iotstream.postgresql.partitions.created", "{partition}", "Partitions that were created.");

    private static readonly Counter<long> PartitionsDropped =
        Meter.CreateCounter<long>("iotstream.postgresql.partitions.dropped", "{partition}", "Partitions that were dropped with their rows, which were past retention.");

    private static readonly Counter<long> DropsPutOff =
        Meter.CreateCounter<long>("iotstream.postgresql.partitions.busy", "{attempt}", "Times that partitions were not created or dropped at once, because somebody read or wrote the table.");

    private static readonly Counter<long> RowsExpired =
        Meter.CreateCounter<long>("iotstream.postgresql.rows.expired", "{row}", "Rows past retention that came when their partition was gone: they got a new one, which is dropped like the others.");

    private readonly TagList _tags = new() { { "iotstream.topology", context.Topology }, { "iotstream.step", context.Step } };

    public void Created(int partitions) => PartitionsCreated.Add(partitions, _tags);

    public void Dropped() => PartitionsDropped.Add(1, _tags);

    public void Expired(long rows)
    {
        if (rows > 0)
        {
            RowsExpired.Add(rows, _tags);
        }
    }

    public void PutOff() => DropsPutOff.Add(1, _tags);
}
