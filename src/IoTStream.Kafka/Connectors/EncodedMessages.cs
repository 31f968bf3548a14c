using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>Messages as the epoch log keeps them until they are produced.</summary>
internal static class EncodedMessages
{
    // Each batch: its version and how many messages it has. Each message: topic, key, value, headers, each with its length in front, and between them partition and timestamp, which are negative if there are none, as are the lengths
    // of a key and a value.
    private const byte Version = 1;

    public static void WriteHead(IBufferWriter<byte> output, int count)
    {
        Span<byte> head = output.GetSpan(1 + sizeof(int));
        head[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], count);
        output.Advance(1 + sizeof(int));
    }

    public static void Write(IBufferWriter<byte> output, in EncodedMessage message)
    {
        WriteText(output, message.Topic);
        Span<byte> numbers = output.GetSpan(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32LittleEndian(numbers, message.Partition);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[sizeof(int)..], message.Timestamp);
        output.Advance(sizeof(int) + sizeof(long));
        WriteBytes(output, message.Key);
        WriteBytes(output, message.Value);
        WriteNumber(output, message.Headers?.Count ?? 0);
        foreach (IHeader header in (IEnumerable<IHeader>?)message.Headers ?? [])
        {
            WriteText(output, header.Key);
            WriteBytes(output, header.GetValueBytes());
        }
    }

    /// <exception cref="InvalidDataException">The bytes are no messages.</exception>
    public static IEnumerable<EncodedMessage> Read(ReadOnlySequence<byte> outbox)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!outbox.IsEmpty)
        {
            if (outbox.FirstSpan[0] != Version)
            {
                throw new InvalidDataException("What the epoch log holds for the Kafka sink is no messages: it was written by another version of the library, or by another sink.");
            }

            outbox = outbox.Slice(1);
            for (int count = ReadNumber(ref outbox); count > 0; count--)
            {
                string topic = ReadText(ref outbox);
                topic = names.TryAdd(topic, topic) ? topic : names[topic];
                int partition = ReadNumber(ref outbox);
                long timestamp = ReadLongNumber(ref outbox);
                byte[]? key = ReadBytes(ref outbox);
                byte[]? value = ReadBytes(ref outbox);
                Headers? headers = null;
                for (int left = ReadNumber(ref outbox); left > 0; left--)
                {
                    string name = ReadText(ref outbox);
                    (headers ??= []).Add(name, ReadBytes(ref outbox));
                }

                yield return new EncodedMessage(topic, partition, timestamp, key, value, headers);
            }
        }
    }

    private static void WriteNumber(IBufferWriter<byte> output, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), number);
        output.Advance(sizeof(int));
    }

    private static void WriteText(IBufferWriter<byte> output, string text)
    {
        WriteNumber(output, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, output);
    }

    private static void WriteBytes(IBufferWriter<byte> output, byte[]? bytes)
    {
        WriteNumber(output, bytes?.Length ?? -1);
        output.Write(bytes);
    }

    private static int ReadNumber(ref ReadOnlySequence<byte> bytes)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        bytes.Slice(0, sizeof(int)).CopyTo(number);
        bytes = bytes.Slice(sizeof(int));
        return BinaryPrimitives.ReadInt32LittleEndian(number);
    }

    private static long ReadLongNumber(ref ReadOnlySequence<byte> bytes)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        bytes.Slice(0, sizeof(long)).CopyTo(number);
        bytes = bytes.Slice(sizeof(long));
        return BinaryPrimitives.ReadInt64LittleEndian(number);
    }

    private static string ReadText(ref ReadOnlySequence<byte> bytes)
    {
        int length = ReadNumber(ref bytes);
        string text = Encoding.UTF8.GetString(bytes.Slice(0, length));
        bytes = bytes.Slice(length);
        return text;
    }

    private static byte[]? ReadBytes(ref ReadOnlySequence<byte> bytes)
    {
        int length = ReadNumber(ref bytes);
        if (length < 0)
        {
            return null;
        }

        byte[] read = bytes.Slice(0, length).ToArray();
        bytes = bytes.Slice(length);
        return read;
    }
}
