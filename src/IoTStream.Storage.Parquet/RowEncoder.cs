using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Makes bytes of records. Not thread-safe.</summary>
internal sealed class RowEncoder<T>(ParquetColumns<T> columns)
{
    private readonly byte[] _schema = columns.Schema.ToBytes();
    private readonly ArrayBufferWriter<byte> _row = new();
    private readonly ArrayBufferWriter<byte> _rows = new();

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
    {
        _rows.ResetWrittenCount();
        foreach (T record in batch.Values.Span)
        {
            _row.ResetWrittenCount();
            columns.AppendFolder(record, _row);
            int folderLength = _row.WrittenCount;
            columns.AppendValues(record, _row);
            Span<byte> head = _rows.GetSpan(2 * sizeof(int));
            BinaryPrimitives.WriteInt32LittleEndian(head, _row.WrittenCount);
            BinaryPrimitives.WriteInt32LittleEndian(head[sizeof(int)..], folderLength);
            _rows.Advance(2 * sizeof(int));
            _rows.Write(_row.WrittenSpan);
        }

        EpochRows.AppendPart(_schema, _rows.WrittenSpan, outbox);
    }
}
