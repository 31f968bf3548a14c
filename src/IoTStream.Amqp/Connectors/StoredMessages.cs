using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Messages as the epoch log keeps them until they are published.</summary>
internal static class StoredMessages
{
    // Each batch: its version and how many messages it has. Each message: which parts it has, these, how many headers, these, the payload. Texts and bytes have their length in front.
    private const byte Version = 1;

    [Flags]
    private enum Parts : byte
    {
        None = 0,
        MessageId = 1,
        CorrelationId = 2,
        Timestamp = 4,
        Priority = 8,
    }

    public static void WriteHead(IBufferWriter<byte> output, int count)
    {
        output.GetSpan(1)[0] = Version;
        output.Advance(1);
        WriteNumber(output, count);
    }

    public static void Write(IBufferWriter<byte> output, OutgoingMessage message)
    {
        output.GetSpan(1)[0] = (byte)((message.MessageId is null ? Parts.None : Parts.MessageId)
            | (message.CorrelationId is null ? Parts.None : Parts.CorrelationId)
            | (message.Timestamp is null ? Parts.None : Parts.Timestamp)
            | (message.Priority is null ? Parts.None : Parts.Priority));
        output.Advance(1);
        WriteText(output, message.RoutingKey);
        if (message.MessageId is not null)
        {
            WriteText(output, message.MessageId);
        }

        if (message.CorrelationId is not null)
        {
            WriteText(output, message.CorrelationId);
        }

        if (message.Timestamp is { } timestamp)
        {
            BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(sizeof(long)), timestamp);
            output.Advance(sizeof(long));
        }

        if (message.Priority is { } priority)
        {
            output.GetSpan(1)[0] = priority;
            output.Advance(1);
        }

        WriteNumber(output, message.Headers.Count);
        foreach (RecordHeader header in message.Headers)
        {
            WriteText(output, header.Name);
            WriteBytes(output, header.Value.Span);
        }

        WriteBytes(output, message.Payload.Span);
    }

    /// <summary>Reads messages. Their payloads may lie in what is read.</summary>
    /// <exception cref="InvalidDataException">The bytes are no messages.</exception>
    public static IEnumerable<OutgoingMessage> Read(ReadOnlySequence<byte> outbox)
    {
        while (!outbox.IsEmpty)
        {
            if (outbox.FirstSpan[0] != Version)
            {
                throw new InvalidDataException("What the epoch log holds for the AMQP sink is no messages: it was written by another version of the library, or by another sink.");
            }

            outbox = outbox.Slice(1);
            for (int count = ReadNumber(ref outbox); count > 0; count--)
            {
                yield return ReadMessage(ref outbox);
            }
        }
    }

    private static OutgoingMessage ReadMessage(ref ReadOnlySequence<byte> outbox)
    {
        var parts = (Parts)outbox.FirstSpan[0];
        outbox = outbox.Slice(1);
        string routingKey = ReadText(ref outbox);
        string? messageId = parts.HasFlag(Parts.MessageId) ? ReadText(ref outbox) : null;
        string? correlationId = parts.HasFlag(Parts.CorrelationId) ? ReadText(ref outbox) : null;
        long? timestamp = parts.HasFlag(Parts.Timestamp) ? ReadLongNumber(ref outbox) : null;
        byte? priority = null;
        if (parts.HasFlag(Parts.Priority))
        {
            priority = outbox.FirstSpan[0];
            outbox = outbox.Slice(1);
        }

        var headers = new RecordHeader[ReadNumber(ref outbox)];
        for (int i = 0; i < headers.Length; i++)
        {
            headers[i] = new RecordHeader(ReadText(ref outbox), ReadBytes(ref outbox));
        }

        return new OutgoingMessage(routingKey, ReadBytes(ref outbox), messageId, correlationId, timestamp, priority, headers);
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

    private static void WriteBytes(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        WriteNumber(output, bytes.Length);
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

    private static ReadOnlyMemory<byte> ReadBytes(ref ReadOnlySequence<byte> bytes)
    {
        int length = ReadNumber(ref bytes);
        ReadOnlySequence<byte> read = bytes.Slice(0, length);
        bytes = bytes.Slice(length);
        return read.IsSingleSegment ? read.First : read.ToArray();
    }
}
