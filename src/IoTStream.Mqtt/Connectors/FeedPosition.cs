using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace IoTStream.Mqtt.Connectors;

/// <summary>
/// The position of a source: the messages that may come again, as <see cref="TakenMessages"/> writes them, and before them, if the source has such, its partitions and the identifiers that it has seen.
/// </summary>
internal static class FeedPosition
{
    // What an entry of no message would be: positions without partitions and identifiers begin with another.
    private const ushort NoMessage = 0;
    private const ulong Mark = 0x31_4E_4F_49_54_49_53_4F;
    private const int HeadSize = sizeof(ushort) + sizeof(ulong);

    public static void Write(IBufferWriter<byte> output, string[] partitions, (string Name, long Epoch, long Number)[] publishers)
    {
        if (partitions.Length + publishers.Length == 0)
        {
            return;
        }

        Span<byte> head = output.GetSpan(HeadSize);
        BinaryPrimitives.WriteUInt16LittleEndian(head, NoMessage);
        BinaryPrimitives.WriteUInt64LittleEndian(head[sizeof(ushort)..], Mark);
        output.Advance(HeadSize);
        Write(output, partitions.Length);
        foreach (string partition in partitions)
        {
            Write(output, partition);
        }

        Write(output, publishers.Length);
        foreach ((string name, long epoch, long number) in publishers)
        {
            Write(output, name);
            Span<byte> place = output.GetSpan(2 * sizeof(long));
            BinaryPrimitives.WriteInt64LittleEndian(place, epoch);
            BinaryPrimitives.WriteInt64LittleEndian(place[sizeof(long)..], number);
            output.Advance(2 * sizeof(long));
        }
    }

    /// <summary>Reads what was written.</summary>
    /// <returns>The rest: the messages that may come again.</returns>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> position, TopicPartitions partitions, SeenIdentifiers? identifiers)
    {
        if (position.Length < HeadSize
            || BinaryPrimitives.ReadUInt16LittleEndian(position) != NoMessage
            || BinaryPrimitives.ReadUInt64LittleEndian(position[sizeof(ushort)..]) != Mark)
        {
            return position;
        }

        position = position[HeadSize..];
        List<string> names = [];
        for (int count = ReadNumber(ref position); count > 0; count--)
        {
            names.Add(ReadText(ref position));
        }

        partitions.Restore(names);
        for (int count = ReadNumber(ref position); count > 0; count--)
        {
            string name = ReadText(ref position);
            identifiers?.Restore(name, BinaryPrimitives.ReadInt64LittleEndian(position), BinaryPrimitives.ReadInt64LittleEndian(position[sizeof(long)..]));
            position = position[(2 * sizeof(long))..];
        }

        return position;
    }

    private static void Write(IBufferWriter<byte> output, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), number);
        output.Advance(sizeof(int));
    }

    private static void Write(IBufferWriter<byte> output, string text)
    {
        Write(output, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, output);
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> position)
    {
        int number = BinaryPrimitives.ReadInt32LittleEndian(position);
        position = position[sizeof(int)..];
        return number;
    }

    private static string ReadText(ref ReadOnlySpan<byte> position)
    {
        int length = ReadNumber(ref position);
        string text = Encoding.UTF8.GetString(position[..length]);
        position = position[length..];
        return text;
    }
}
