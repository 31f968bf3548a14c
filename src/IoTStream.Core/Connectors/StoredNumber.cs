using System.Buffers;
using System.Buffers.Binary;

namespace IoTStream.Connectors;

/// <summary>The position of a reader whose records are numbered: how many it has handed out, or the number of the next.</summary>
internal static class StoredNumber
{
    public static void Write(long number, IBufferWriter<byte> position)
    {
        BinaryPrimitives.WriteInt64LittleEndian(position.GetSpan(sizeof(long)), number);
        position.Advance(sizeof(long));
    }

    /// <summary>Finds out where a reader is to go on.</summary>
    /// <returns>Null if it begins.</returns>
    /// <exception cref="InvalidDataException">What is stored is no number.</exception>
    public static long? Find(SourceContext context, SourcePartition partition)
    {
        if (!context.TryGetPosition(partition.Name, out ReadOnlyMemory<byte> position))
        {
            return null;
        }

        return position.Length == sizeof(long)
            ? BinaryPrimitives.ReadInt64LittleEndian(position.Span)
            : throw PositionRemedies.OfAnotherKind(partition);
    }
}
