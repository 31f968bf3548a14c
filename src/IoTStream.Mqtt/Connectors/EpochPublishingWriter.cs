using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
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
    StoreAndForward? store) : IOutboxWriter<T>
{
    // Each batch: the version of this form and how many messages it has; each of them: how long its topic and its payload are, and then these.
    private const byte Form = 1;
    private const int BatchHead = 1 + sizeof(int);
    private const int MessageHead = sizeof(ushort) + sizeof(int);
    private const int CachedTopics = 65_536;

    private readonly ArrayBufferWriter<byte> _payload = new();
    private readonly TopicCache _topics = new(CachedTopics);

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Span<byte> head = outbox.GetSpan(BatchHead);
        head[0] = Form;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], batch.Count);
        outbox.Advance(BatchHead);
        foreach (T value in batch.Values.Span)
        {
            _payload.ResetWrittenCount();
            encoder.Encode(value, _payload);
            byte[] name = client.NameOf(topic(value)).Utf8;
            head = outbox.GetSpan(MessageHead);
            BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)name.Length);
            BinaryPrimitives.WriteInt32LittleEndian(head[sizeof(ushort)..], _payload.WrittenCount);
            outbox.Advance(MessageHead);
            outbox.Write(name);
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
        int remaining = 0;
        for (int number = 0; number < count; number++)
        {
            while (remaining == 0)
            {
                remaining = ReadBatchHead(ref rest);
            }

            remaining--;
            (TopicName to, ReadOnlySequence<byte> payload) = ReadMessage(ref rest);
            await client.SendAsync(packets.Create(to, payload, Identifier(epoch, number), options.Expiry), delivery, cancellationToken).ConfigureAwait(false);
        }

        await delivery.Acknowledged.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => store?.DisposeAsync() ?? client.DisposeAsync();

    private static int Count(ReadOnlySequence<byte> rest)
    {
        int count = 0;
        while (!rest.IsEmpty)
        {
            int messages = ReadBatchHead(ref rest);
            count += messages;
            for (; messages > 0; messages--)
            {
                (int name, int payload) = ReadMessageHead(ref rest);
                rest = rest.Slice(name + payload);
            }
        }

        return count;
    }

    private static int ReadBatchHead(ref ReadOnlySequence<byte> rest)
    {
        Span<byte> head = stackalloc byte[BatchHead];
        rest.Slice(0, BatchHead).CopyTo(head);
        rest = rest.Slice(BatchHead);
        return head[0] == Form
            ? BinaryPrimitives.ReadInt32LittleEndian(head[1..])
            : throw new InvalidDataException("What the epoch log holds for the MQTT sink is no messages: it was written by another version of the library, or by another sink.");
    }

    private static (int Name, int Payload) ReadMessageHead(ref ReadOnlySequence<byte> rest)
    {
        Span<byte> head = stackalloc byte[MessageHead];
        rest.Slice(0, MessageHead).CopyTo(head);
        rest = rest.Slice(MessageHead);
        return (BinaryPrimitives.ReadUInt16LittleEndian(head), BinaryPrimitives.ReadInt32LittleEndian(head[sizeof(ushort)..]));
    }

    private (TopicName Topic, ReadOnlySequence<byte> Payload) ReadMessage(ref ReadOnlySequence<byte> rest)
    {
        (int name, int size) = ReadMessageHead(ref rest);
        TopicName to = _topics.Get(rest.Slice(0, name));
        ReadOnlySequence<byte> payload = rest.Slice(name, size);
        rest = rest.Slice(name + size);
        return (to, payload);
    }

    private List<OutgoingMessage> Messages(ReadOnlySequence<byte> rest, long epoch, int count)
    {
        var messages = new List<OutgoingMessage>(count);
        while (!rest.IsEmpty)
        {
            for (int remaining = ReadBatchHead(ref rest); remaining > 0; remaining--)
            {
                (TopicName to, ReadOnlySequence<byte> payload) = ReadMessage(ref rest);
                messages.Add(new OutgoingMessage(to, payload.IsSingleSegment ? payload.First : payload.ToArray(), Identifier(epoch, messages.Count)));
            }
        }

        return messages;
    }

    private string Identifier(long epoch, int number) => string.Create(CultureInfo.InvariantCulture, $"{origin}/{epoch}/{number}");
}
