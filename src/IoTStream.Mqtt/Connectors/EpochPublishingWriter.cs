using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Publishes the messages of an epoch once it is committed. They have the same identifiers if that is done again.</summary>
internal sealed class EpochPublishingWriter<T>(
    MqttClient client,
    Func<T, string> topic,
    IEncoder<T> encoder,
    MessagePackets packets,
    MqttSinkOptions options,
    string origin,
    bool traces,
    StoreAndForward? store) : IOutboxWriter<T>
{
    // Each batch: the version of its form and how many messages it has; each of them: how long its topic and its payload are, and then these. In the second form the trace comes between: how long it is,
    // and "traceparent" with "tracestate" behind it on another line, if there is one.
    private const byte Form = 1;
    private const byte TracedForm = 2;
    private const int BatchHead = 1 + sizeof(int);
    private const int MessageHead = sizeof(ushort) + sizeof(int);
    private const int CachedTopics = 65_536;

    private readonly ArrayBufferWriter<byte> _payload = new();
    private readonly TopicCache _topics = new(CachedTopics);

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Span<byte> head = outbox.GetSpan(BatchHead);
        bool isTraced = traces && MessageTracing.IsOn;
        head[0] = isTraced ? TracedForm : Form;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], batch.Count);
        outbox.Advance(BatchHead);
        for (int i = 0; i < batch.Count; i++)
        {
            T value = batch.Values.Span[i];
            _payload.ResetWrittenCount();
            encoder.Encode(value, _payload);
            TopicName to = client.NameOf(topic(value));
            byte[] name = to.Utf8;
            head = outbox.GetSpan(MessageHead);
            BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)name.Length);
            BinaryPrimitives.WriteInt32LittleEndian(head[sizeof(ushort)..], _payload.WrittenCount);
            outbox.Advance(MessageHead);
            outbox.Write(name);
            if (isTraced)
            {
                WriteTrace(outbox, RecordTracing.Create(to, batch.Context(i)));
            }

            outbox.Write(_payload.WrittenSpan);
        }
    }

    /// <summary>Not asked: only the last epoch can be missing.</summary>
    public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(0L);

    public async ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
    {
        int count = Count(outbox);
        if (count == 0)
        {
            return;
        }

        if (store is not null)
        {
            await store.DeliverAsync(Messages(outbox, epoch, count), origin, epoch, cancellationToken).ConfigureAwait(false);
            return;
        }

        var delivery = new BatchDelivery(count);
        ReadOnlySequence<byte> rest = outbox;
        (byte Form, int Count) batch = default;
        for (int number = 0; number < count; number++)
        {
            while (batch.Count == 0)
            {
                batch = ReadBatchHead(ref rest);
            }

            batch.Count--;
            (TopicName to, TraceContext? trace, ReadOnlySequence<byte> payload) = ReadMessage(ref rest, batch.Form);
            await client.SendAsync(packets.Create(to, payload, Identifier(epoch, number), options.Expiry, trace), delivery, cancellationToken).ConfigureAwait(false);
        }

        await delivery.Acknowledged.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => store?.DisposeAsync() ?? client.DisposeAsync();

    private static int Count(ReadOnlySequence<byte> rest)
    {
        int count = 0;
        while (!rest.IsEmpty)
        {
            (byte form, int messages) = ReadBatchHead(ref rest);
            count += messages;
            for (; messages > 0; messages--)
            {
                (int name, int payload) = ReadMessageHead(ref rest);
                rest = rest.Slice(name);
                if (form == TracedForm)
                {
                    int trace = ReadLength(ref rest);
                    rest = rest.Slice(trace);
                }

                rest = rest.Slice(payload);
            }
        }

        return count;
    }

    private static (byte Form, int Count) ReadBatchHead(ref ReadOnlySequence<byte> rest)
    {
        Span<byte> head = stackalloc byte[BatchHead];
        rest.Slice(0, BatchHead).CopyTo(head);
        rest = rest.Slice(BatchHead);
        return head[0] is Form or TracedForm
            ? (head[0], BinaryPrimitives.ReadInt32LittleEndian(head[1..]))
            : throw new InvalidDataException("What the epoch log holds for the MQTT sink is no messages: it was written by another version of the library, or by another sink.");
    }

    private static (int Name, int Payload) ReadMessageHead(ref ReadOnlySequence<byte> rest)
    {
        Span<byte> head = stackalloc byte[MessageHead];
        rest.Slice(0, MessageHead).CopyTo(head);
        rest = rest.Slice(MessageHead);
        return (BinaryPrimitives.ReadUInt16LittleEndian(head), BinaryPrimitives.ReadInt32LittleEndian(head[sizeof(ushort)..]));
    }

    private static int ReadLength(ref ReadOnlySequence<byte> rest)
    {
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        rest.Slice(0, sizeof(ushort)).CopyTo(length);
        rest = rest.Slice(sizeof(ushort));
        return BinaryPrimitives.ReadUInt16LittleEndian(length);
    }

    private static void WriteTrace(IBufferWriter<byte> outbox, TraceContext? trace)
    {
        string text = trace is not { } context ? "" : context.State is null ? context.Parent : $"{context.Parent}\n{context.State}";
        byte[] bytes = Encoding.UTF8.GetBytes(text.Length > ushort.MaxValue / 4 ? trace!.Value.Parent : text);
        BinaryPrimitives.WriteUInt16LittleEndian(outbox.GetSpan(sizeof(ushort)), (ushort)bytes.Length);
        outbox.Advance(sizeof(ushort));
        outbox.Write(bytes);
    }

    private static TraceContext? ReadTrace(ref ReadOnlySequence<byte> rest)
    {
        int length = ReadLength(ref rest);
        string[] lines = Encoding.UTF8.GetString(rest.Slice(0, length)).Split('\n');
        rest = rest.Slice(length);
        return length == 0 ? null : new TraceContext(lines[0], lines.Length > 1 ? lines[1] : null);
    }

    private (TopicName Topic, TraceContext? Trace, ReadOnlySequence<byte> Payload) ReadMessage(ref ReadOnlySequence<byte> rest, byte form)
    {
        (int name, int size) = ReadMessageHead(ref rest);
        TopicName to = _topics.Get(rest.Slice(0, name));
        rest = rest.Slice(name);
        TraceContext? trace = form == TracedForm ? ReadTrace(ref rest) : null;
        ReadOnlySequence<byte> payload = rest.Slice(0, size);
        rest = rest.Slice(size);
        return (to, trace, payload);
    }

    private List<OutgoingMessage> Messages(ReadOnlySequence<byte> rest, long epoch, int count)
    {
        var messages = new List<OutgoingMessage>(count);
        while (!rest.IsEmpty)
        {
            (byte form, int remaining) = ReadBatchHead(ref rest);
            for (; remaining > 0; remaining--)
            {
                (TopicName to, TraceContext? trace, ReadOnlySequence<byte> payload) = ReadMessage(ref rest, form);
                messages.Add(new OutgoingMessage(to, payload.IsSingleSegment ? payload.First : payload.ToArray(), Identifier(epoch, messages.Count), trace));
            }
        }

        return messages;
    }

    private string Identifier(long epoch, int number) => string.Create(CultureInfo.InvariantCulture, $"{origin}/{epoch}/{number}");
}
