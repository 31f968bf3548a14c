using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Makes a record of a message.</summary>
internal abstract class MessageDecoder<T>
{
    /// <summary>What it wants to know of a topic, found out once for each.</summary>
    public virtual MqttTopicLevels? LevelsOf(string topic) => null;

    public abstract T Decode(in ReadOnlySequence<byte> payload, MqttTopicLevels? levels);

    /// <summary>Of the payload alone.</summary>
    public static MessageDecoder<T> Of(IDecoder<T> decoder) => new PayloadDecoder(decoder);

    /// <summary>Of the payload and the named levels of the topic.</summary>
    public static MessageDecoder<T> Of<TPayload>(TopicTemplate template, IDecoder<TPayload> decoder, Func<TPayload, MqttTopicLevels, T> bind) =>
        new BoundDecoder<TPayload>(template, decoder, bind);

    private sealed class PayloadDecoder(IDecoder<T> decoder) : MessageDecoder<T>
    {
        public override T Decode(in ReadOnlySequence<byte> payload, MqttTopicLevels? levels) => decoder.Decode(payload);
    }

    private sealed class BoundDecoder<TPayload>(TopicTemplate template, IDecoder<TPayload> decoder, Func<TPayload, MqttTopicLevels, T> bind) : MessageDecoder<T>
    {
        public override MqttTopicLevels LevelsOf(string topic) => template.LevelsOf(topic);

        public override T Decode(in ReadOnlySequence<byte> payload, MqttTopicLevels? levels) => bind(decoder.Decode(payload), levels!);
    }
}
