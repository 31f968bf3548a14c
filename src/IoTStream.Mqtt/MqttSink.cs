using IoTStream.Connectors;
using IoTStream.Mqtt.Connectors;

namespace IoTStream.Mqtt;

/// <summary>Sinks that publish to an MQTT server.</summary>
/// <remarks>
/// With QoS 1 and 2 a batch is written when the server has acknowledged each of its messages; with QoS 0 when they are in the send buffer. While there is no connection
/// the sink waits and the pipeline is held back. The job fails if the server refuses the client for good, or refuses a message.
/// <para>
/// In a job with an epoch log, messages with QoS 1 and 2 are published when their epoch is committed, each with an identifier by which a receiver recognises what is published
/// again because the job failed meanwhile: see <see cref="MqttHeaders.MessageId"/>, <see cref="MqttSinkOptions.AfterCommit"/> and <see cref="MqttSinkOptions.Identify"/>.
/// That is at-least-once delivery.
/// </para>
/// </remarks>
public static class MqttSink
{
    /// <summary>Publishes records to one topic.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="encoder">Encodes payloads.</param>
    /// <param name="qualityOfService">QoS 0, 1, which is the default, or 2.</param>
    /// <param name="retain">Whether the server keeps the last message for later subscribers; default false.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The topic or an option is not valid.</exception>
    public static ISink<T> To<T>(
        string topic,
        MqttClientOptions broker,
        IEncoder<T> encoder,
        MqttQualityOfService qualityOfService = MqttQualityOfService.AtLeastOnce,
        bool retain = false)
    {
        ArgumentNullException.ThrowIfNull(topic);
        _ = Protocol.TopicName.Create(topic);
        return To(_ => topic, broker, encoder, qualityOfService, retain);
    }

    /// <summary>Publishes records to one topic, as options say.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="encoder">Encodes payloads.</param>
    /// <param name="options">How they are published.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The topic or an option is not valid.</exception>
    public static ISink<T> To<T>(string topic, MqttClientOptions broker, IEncoder<T> encoder, MqttSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(topic);
        _ = Protocol.TopicName.Create(topic);
        return To<T>(_ => topic, broker, encoder, options);
    }

    /// <summary>Publishes records to topics that are made of them.</summary>
    /// <param name="topic">Gives the topic name of a record. Names that repeat should be the same strings, for speed.</param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="encoder">Encodes payloads.</param>
    /// <param name="qualityOfService">QoS 0, 1, which is the default, or 2.</param>
    /// <param name="retain">Whether the server keeps the last message of a topic for later subscribers; default false.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static ISink<T> To<T>(
        Func<T, string> topic,
        MqttClientOptions broker,
        IEncoder<T> encoder,
        MqttQualityOfService qualityOfService = MqttQualityOfService.AtLeastOnce,
        bool retain = false) =>
        To(topic, broker, encoder, new MqttSinkOptions { QualityOfService = qualityOfService, Retain = retain });

    /// <summary>Publishes records to topics that are made of them, as options say.</summary>
    /// <param name="topic">Gives the topic name of a record. Names that repeat should be the same strings, for speed.</param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="encoder">Encodes payloads.</param>
    /// <param name="options">How they are published.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static ISink<T> To<T>(Func<T, string> topic, MqttClientOptions broker, IEncoder<T> encoder, MqttSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        broker.Validate();
        var sink = new PublishingSink<T>(topic, broker, encoder, options);
        return options.AfterCommit && options.QualityOfService != MqttQualityOfService.AtMostOnce ? new EpochPublishingSink<T>(sink) : sink;
    }
}
