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
        int capacity = DefaultCapacity) =>
        Subscribe(filters, broker, decoder, new MqttSourceOptions { Subscription = new MqttSubscribeOptions { QualityOfService = qualityOfService }, Capacity = capacity });

    /// <summary>Subscribes to topic filters, as options say.</summary>
    /// <param name="filters">The topic filters, at least one. Where they overlap, the server may send a message more than once.</param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="decoder">Decodes payloads; it is called on the connection's read loop with the receive buffer.</param>
    /// <param name="options">How it subscribes and reads.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A filter or an option is not valid.</exception>
    public static ISource<T> Subscribe<T>(IReadOnlyList<string> filters, MqttClientOptions broker, IDecoder<T> decoder, MqttSourceOptions options)
    {
        MqttClient.CheckFilters(filters);
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(options);
        MqttClientOptions.Check(options.Partitions?.Level is null, nameof(MqttSourceOptions.Partitions), "by a level need a template, which names it");
        return Create([.. filters], broker, MessageDecoder<T>.Of(decoder), options);
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
        int capacity = DefaultCapacity) =>
        Subscribe(
            [template],
            broker,
            decoder,
            bind,
            new MqttSourceOptions { Subscription = new MqttSubscribeOptions { QualityOfService = qualityOfService }, Capacity = capacity });

    /// <summary>Subscribes to the topics of templates, and makes records of payloads and topics, as options say.</summary>
    /// <param name="templates">
    /// Topic filters in which <c>{name}</c> stands for one level, as <c>+</c> does, and gives it a name; at least one. A topic is taken apart by the first that it matches.
    /// </param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="decoder">Decodes payloads; it is called on the connection's read loop with the receive buffer.</param>
    /// <param name="bind">
    /// Makes a record of what was decoded and the named levels of its topic; called where the decoder is. If it throws, the message becomes a dead letter.
    /// </param>
    /// <param name="options">How it subscribes and reads.</param>
    /// <typeparam name="TPayload">The type of what payloads are decoded to.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A template or an option is not valid.</exception>
    public static ISource<T> Subscribe<TPayload, T>(
        IReadOnlyList<string> templates,
        MqttClientOptions broker,
        IDecoder<TPayload> decoder,
        Func<TPayload, MqttTopicLevels, T> bind,
        MqttSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(bind);
        TopicTemplates parsed = Parse(templates, options, needsNames: true);
        return Create(parsed.Filters, broker, MessageDecoder<T>.Of(parsed, decoder, bind), options);
    }

    /// <summary>Subscribes to the topics of templates, and makes records of whole messages.</summary>
    /// <param name="templates">Topic filters, at least one, in which <c>{name}</c> may stand for one level, as <c>+</c> does, and gives it a name.</param>
    /// <param name="broker">Where and how to connect. Its clock is replaced by the job's.</param>
    /// <param name="decode">
    /// Makes a record of a message, with its properties, and the named levels of its topic; called on the connection's read loop. The payload lies in the receive buffer, and is not to
    /// be kept. If it throws, the message becomes a dead letter.
    /// </param>
    /// <param name="options">How it subscribes and reads.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A template or an option is not valid.</exception>
    public static ISource<T> Subscribe<T>(
        IReadOnlyList<string> templates, MqttClientOptions broker, Func<MqttMessage, MqttTopicLevels, T> decode, MqttSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(decode);
        TopicTemplates parsed = Parse(templates, options, needsNames: false);
        return Create(parsed.Filters, broker, MessageDecoder<T>.Of(parsed, decode), options);
    }

    private static TopicTemplates Parse(IReadOnlyList<string> templates, MqttSourceOptions options, bool needsNames)
    {
        ArgumentNullException.ThrowIfNull(options);
        TopicTemplates parsed = TopicTemplates.Parse(templates, needsNames);
        MqttClientOptions.Check(
            options.Partitions?.Level is not { } level || parsed.Have(level),
            nameof(MqttSourceOptions.Partitions),
            $"are by the level {{{options.Partitions?.Level}}}, which no template has");
        return parsed;
    }

    private static SubscriptionSource<T> Create<T>(IReadOnlyList<string> filters, MqttClientOptions broker, MessageDecoder<T> decoder, MqttSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(broker);
        broker.Validate();
        options.Validate(filters, broker.Version);
        return new SubscriptionSource<T>(filters, broker, decoder, options);
    }
}
