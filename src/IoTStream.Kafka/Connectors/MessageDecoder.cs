using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Makes a record of a message.</summary>
internal abstract class MessageDecoder<T>
{
    public abstract T Decode(in KafkaMessage message);

    /// <summary>Of the value alone.</summary>
    public static MessageDecoder<T> Of(IDecoder<T> decoder) => new ValueDecoder(decoder);

    /// <summary>Of the whole message.</summary>
    public static MessageDecoder<T> Of(Func<KafkaMessage, T> decode) => new WholeDecoder(decode);

    private sealed class ValueDecoder(IDecoder<T> decoder) : MessageDecoder<T>
    {
        public override T Decode(in KafkaMessage message) => message.IsTombstone
            ? throw new InvalidDataException("The message has no value: it is one that deletes a key. KafkaSource.Read with a function that is given whole messages can make a record of it.")
            : decoder.Decode(message.Value);
    }

    private sealed class WholeDecoder(Func<KafkaMessage, T> decode) : MessageDecoder<T>
    {
        public override T Decode(in KafkaMessage message) => decode(message);
    }
}
