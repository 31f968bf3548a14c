using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Makes a record of a message.</summary>
internal abstract class MessageDecoder<T>
{
    /// <summary>What it wants to know of a topic, found out once for each.</summary>
    public virtual MqttTopicLevels? LevelsOf(string topic) => null;

    public abstract T Decode(in ReadOnlySequence<byte> payload, MqttTopicLevels? levels);

    /// <summary>Makes a record of a message of a client, all of which it may look at.</summary>
    public virtual T Decode(in MqttMessage message, MqttTopicLevels? levels) => Decode(message.Payload, levels);

    /// <summary>Of the payload alone.</summary>
    public static MessageDecoder<T> Of(IDecoder<T> decoder) => new PayloadDecoder(decoder);

    /// <summary>Of the payload and the named levels of the topic.</summary>
    public static MessageDecoder<T> Of<TPayload>(TopicTemplates templates, IDecoder<TPayload> decoder, Func<TPayload, MqttTopicLevels, T> bind) =>
        new BoundDecoder<TPayload>(templates, decoder, bind);

    /// <summary>Of the whole message and the named levels of the topic.</summary>
    public static MessageDecoder<T> Of(TopicTemplates templates, Func<MqttMessage, MqttTopicLevels, T> decode) => new WholeDecoder(templates, decode);

    private sealed class PayloadDecoder(IDecoder<T> decoder) : MessageDecoder<T>
    {
        public override T Decode(in ReadOnlySequence<byte> payload, MqttTopicLevels? levels) => decoder.Decode(payload);
    }

    private sealed class WholeDecoder(TopicTemplates templates, Func<MqttMessage, MqttTopicLevels, T> decode) : MessageDecoder<T>
    {
        public override MqttTopicLevels LevelsOf(string topic) => templates.LevelsOf(topic);

        public override T Decode(in ReadOnlySequence<byte> payload, MqttTopicLevels? levels) => throw new InvalidOperationException("There is only a payload, and no message.");

        public override T Decode(in MqttMessage message, MqttTopicLevels? levels) => decode(message, levels!);
    }

    private sealed class BoundDecoder<TPayload>(TopicTemplates templates, IDecoder<TPayload> decoder, Func<TPayload, MqttTopicLevels, T> bind) : MessageDecoder<T>
    {
        public override MqttTopicLevels LevelsOf(string topic) => templates.LevelsOf(topic);

        public override T Decode(in ReadOnlySequence<byte> payload, MqttTopicLevels? levels) => bind(decoder.Decode(payload), levels!);
    }
}
