using IoTStream.Connectors;
using IoTStream.Mqtt.Connectors;

namespace IoTStream.Mqtt;

/// <summary>Sources that subscribe to an MQTT server.</summary>
/// <remarks>
/// A job that has started has its subscription, and misses nothing that is published from then on, unless the server could not be reached at once:
/// then the job runs and the subscription follows.
/// A message with QoS 1 or 2 is acknowledged when the pipeline has taken its record over. A payload that does not decode becomes a dead letter and is
/// acknowledged likewise. When the pipeline does not keep up, the socket is not read. A lost connection is replaced as the options say; the job
/// fails only if the server refuses the client for good. To miss nothing while the job is down, give the client a
/// <see cref="MqttClientOptions.ClientId"/>, set <see cref="MqttClientOptions.CleanStart"/> to false and let the session outlive the connection
/// (<see cref="MqttClientOptions.SessionExpiry"/>). The records carry <see cref="MqttHeaders.Topic"/> and the message's user properties as headers.
/// </remarks>
public static class MqttSource
{
    private const int DefaultCapacity = 4096;

    /// <summary>Subscribes to a topic filter.</summary>
    /// <param name="filter">The topic filter; may hold wildcards.</param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="decoder">Decodes payloads; it is called on the connection's read loop with the receive buffer.</param>
    /// <param name="qualityOfService">The highest quality of service to receive with, QoS 0, 1 or 2; default QoS 1.</param>
    /// <param name="capacity">The most records that wait for the pipeline, at least 1; default 4,096.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The filter or an option is not valid.</exception>
    public static ISource<T> Subscribe<T>(
        string filter,
        MqttClientOptions broker,
        IDecoder<T> decoder,
        MqttQualityOfService qualityOfService = MqttQualityOfService.AtLeastOnce,
        int capacity = DefaultCapacity) =>
        Subscribe([filter], broker, decoder, qualityOfService, capacity);

    /// <summary>Subscribes to several topic filters with one connection.</summary>
    /// <param name="filters">The topic filters, at least one. Where they overlap, the server may send a message more than once.</param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="decoder">Decodes payloads; it is called on the connection's read loop with the receive buffer.</param>
    /// <param name="qualityOfService">The highest quality of service to receive with, QoS 0, 1 or 2; default QoS 1.</param>
    /// <param name="capacity">The most records that wait for the pipeline, at least 1; default 4,096.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A filter or an option is not valid.</exception>
    public static ISource<T> Subscribe<T>(
        IReadOnlyList<string> filters,
        MqttClientOptions broker,
        IDecoder<T> decoder,
        MqttQualityOfService qualityOfService = MqttQualityOfService.AtLeastOnce,
        int capacity = DefaultCapacity)
    {
        MqttClient.CheckFilters(filters);
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(decoder);
        MqttClient.CheckQualityOfService(qualityOfService);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        broker.Validate();
        return new SubscriptionSource<T>([.. filters], broker, MessageDecoder<T>.Of(decoder), qualityOfService, capacity);
    }

    /// <summary>Subscribes to the topics of a template, and makes records of payloads and topics.</summary>
    /// <remarks>
    /// For example <c>MqttSource.Subscribe("city/{district}/{sensor}/speed", broker, Json.Of&lt;Speed&gt;(), (speed, topic) =&gt; speed with { District = topic["district"] })</c>.
    /// </remarks>
    /// <param name="template">
    /// A topic filter in which <c>{name}</c> stands for one level, as <c>+</c> does, and gives it a name. It may begin with <c>$share/NAME/</c> and end with <c>/#</c>.
    /// </param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="decoder">Decodes payloads; it is called on the connection's read loop with the receive buffer.</param>
    /// <param name="bind">
    /// Makes a record of what was decoded and the named levels of its topic; called where the decoder is. If it throws, the message becomes a dead letter.
    /// </param>
    /// <param name="qualityOfService">The highest quality of service to receive with, QoS 0, 1 or 2; default QoS 1.</param>
    /// <param name="capacity">The most records that wait for the pipeline, at least 1; default 4,096.</param>
    /// <typeparam name="TPayload">The type of what payloads are decoded to.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The template or an option is not valid.</exception>
    public static ISource<T> Subscribe<TPayload, T>(
        string template,
        MqttClientOptions broker,
        IDecoder<TPayload> decoder,
        Func<TPayload, MqttTopicLevels, T> bind,
        MqttQualityOfService qualityOfService = MqttQualityOfService.AtLeastOnce,
        int capacity = DefaultCapacity)
    {
        TopicTemplate parsed = TopicTemplate.Parse(template);
        MqttClient.CheckFilters([parsed.Filter]);
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(bind);
        MqttClient.CheckQualityOfService(qualityOfService);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        broker.Validate();
        return new SubscriptionSource<T>([parsed.Filter], broker, MessageDecoder<T>.Of(parsed, decoder, bind), qualityOfService, capacity);
    }
}
