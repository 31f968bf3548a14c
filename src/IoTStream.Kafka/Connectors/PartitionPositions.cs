using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>The position of a reader: of each of its partitions the offset behind what was handed out, and where the source ends.</summary>
internal static class PartitionPositions
{
    // Version, then each partition: length and bytes of the topic's name, number, offset, end.
    private const byte Version = 1;
    private const int NumbersSize = sizeof(int) + sizeof(long) + sizeof(long);

    public static void Write(ChunkQueue queue, IBufferWriter<byte> position)
    {
        position.GetSpan(1)[0] = Version;
        position.Advance(1);
        foreach (ConsumedPartition partition in queue.Partitions)
        {
            Write(position, partition.Id, partition.Next, partition.End);
        }

        foreach ((KafkaPartition id, (long next, long end)) in queue.Remembered)
        {
            Write(position, id, next, end);
        }
    }

    /// <summary>
    /// The positions of all readers. A partition can be in that of a reader which no longer reads it, from an earlier run with other partitions: offsets only grow, so the greatest holds.
    /// </summary>
    /// <exception cref="InvalidDataException">The positions were written by something else.</exception>
    public static Dictionary<KafkaPartition, (long Next, long End)> ReadAll(SourceContext context, IEnumerable<SourcePartition> readers)
    {
        Dictionary<KafkaPartition, (long Next, long End)> positions = [];
        foreach (SourcePartition reader in readers)
        {
            if (context.TryGetPosition(reader.Name, out ReadOnlyMemory<byte> position))
            {
                Read(position.Span, reader, positions);
            }
        }

        return positions;
    }

    /// <summary>Adds the offsets that a reader's position has of its partitions.</summary>
    public static void AddTo(Dictionary<KafkaPartition, long> offsets, ReadOnlySpan<byte> position)
    {
        Dictionary<KafkaPartition, (long Next, long End)> positions = [];
        Read(position, positions);
        foreach ((KafkaPartition partition, (long next, _)) in positions)
        {
            offsets[partition] = Math.Max(next, offsets.GetValueOrDefault(partition));
        }
    }

    private static void Write(IBufferWriter<byte> position, KafkaPartition id, long next, long end)
    {
        int length = Encoding.UTF8.GetByteCount(id.Topic);
        BinaryPrimitives.WriteUInt16LittleEndian(position.GetSpan(sizeof(ushort)), checked((ushort)length));
        position.Advance(sizeof(ushort));
        Encoding.UTF8.GetBytes(id.Topic, position);
        Span<byte> numbers = position.GetSpan(NumbersSize);
        BinaryPrimitives.WriteInt32LittleEndian(numbers, id.Number);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[4..], next);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[12..], end);
        position.Advance(NumbersSize);
    }

    private static void Read(ReadOnlySpan<byte> bytes, SourcePartition reader, Dictionary<KafkaPartition, (long Next, long End)> positions)
    {
        if (bytes.IsEmpty || bytes[0] != Version)
        {
            throw new InvalidDataException(
                $"The position '{reader.Name}' in the epoch log was not written by this version of the Kafka source. Use the source that it was, or have it read anew by starting once with JobOptions.DropState = [\"{reader.Source}\"].");
        }

        Read(bytes, positions);
    }

    private static void Read(ReadOnlySpan<byte> bytes, Dictionary<KafkaPartition, (long Next, long End)> positions)
    {
        bytes = bytes[1..];
        while (!bytes.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            var id = new KafkaPartition(
                Encoding.UTF8.GetString(bytes.Slice(sizeof(ushort), length)), BinaryPrimitives.ReadInt32LittleEndian(bytes[(sizeof(ushort) + length)..]));
            bytes = bytes[(sizeof(ushort) + length + sizeof(int))..];
            long next = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            if (!positions.TryGetValue(id, out (long Next, long End) known) || known.Next < next)
            {
                positions[id] = (next, BinaryPrimitives.ReadInt64LittleEndian(bytes[sizeof(long)..]));
            }

            bytes = bytes[(sizeof(long) + sizeof(long))..];
        }
    }
}
