using System.Buffers;
using System.Globalization;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Publishes the messages of an epoch once it is committed. They have the same identifiers if that is done again.</summary>
internal sealed class EpochPublishingWriter<T>(ConfirmedPublisher publisher, MessageEncoder<T> encoder, string origin) : IOutboxWriter<T>
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
    {
        ArgumentNullException.ThrowIfNull(batch);
        StoredMessages.WriteHead(outbox, batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            StoredMessages.Write(outbox, encoder.Encode(batch.Values.Span[i], batch.Context(i), _buffer));
        }
    }

    /// <summary>Not asked: only the last epoch can be missing.</summary>
    public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(0L);

    public async ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
    {
        int number = 0;
        foreach (OutgoingMessage message in StoredMessages.Read(outbox))
        {
            string identifier = message.MessageId ?? string.Create(CultureInfo.InvariantCulture, $"{origin}/{epoch}/{number}");
            await publisher.PublishAsync(message with { MessageId = identifier }, cancellationToken).ConfigureAwait(false);
            number++;
        }

        await publisher.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => publisher.DisposeAsync();
}
