using System.Collections.Concurrent;
using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>
/// Where a record came from. Partitions that are equal become one object, and so do origins that are read one after the other and are equal: a table
/// of records has as few of them after it is restored as before.
/// </summary>
internal sealed class OriginSerializer : StateSerializer<RecordOrigin>
{
    private readonly ConcurrentDictionary<(string Source, int Index, string Name), SourcePartition> _partitions = new();
    private Last? _last;

    public override string Format => "origin 1";

    public override void Write(StateWriter writer, RecordOrigin value)
    {
        int block = writer.BeginBlock();
        writer.WriteText(value.Partition.Source);
        writer.WriteCount(value.Partition.Index);
        writer.WriteText(value.Partition.Name);
        writer.WriteCount(value.Headers.Count);
        foreach (RecordHeader header in value.Headers.Span)
        {
            writer.WriteText(header.Name);
            writer.WriteBytes(header.Value.Span);
        }

        writer.EndBlock(block);
    }

    public override RecordOrigin Read(ref StateReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBlock();
        Last? last = Volatile.Read(ref _last);
        if (last is null || !bytes.SequenceEqual(last.Bytes))
        {
            last = new Last(bytes.ToArray(), Decode(bytes));
            Volatile.Write(ref _last, last);
        }

        return last.Origin;
    }

    private RecordOrigin Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes);
        string source = reader.ReadText();
        int index = reader.ReadCount();
        string name = reader.ReadText();
        SourcePartition partition = _partitions.GetOrAdd((source, index, name), static key => new SourcePartition(key.Source, key.Index, key.Name));
        int count = reader.ReadCount();
        if (count == 0)
        {
            return partition.Origin;
        }

        var headers = new List<RecordHeader>();
        for (int i = 0; i < count; i++)
        {
            string header = reader.ReadText();
            headers.Add(new RecordHeader(header, reader.ReadBytes().ToArray()));
        }

        return new RecordHeaders([.. headers]).OriginIn(partition);
    }

    private sealed record Last(byte[] Bytes, RecordOrigin Origin);
}
