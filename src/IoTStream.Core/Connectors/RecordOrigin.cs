namespace IoTStream.Connectors;

/// <summary>Where a record came from. Records that agree in it share one object, so that it costs nothing a record.</summary>
internal sealed class RecordOrigin(SourcePartition partition, RecordHeaders headers)
{
    public SourcePartition Partition { get; } = partition;

    public RecordHeaders Headers { get; } = headers;
}
