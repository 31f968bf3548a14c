using IoTStream.Connectors;
using IoTStream.Mqtt.Connectors;

namespace IoTStream.Mqtt.Broker;

/// <content>Sources that pipelines of the same process take directly from the broker.</content>
public sealed partial class MqttBroker
{
    /// <summary>Describes a source of the messages of a topic filter, for a job in the broker's own process: no connection, no client.</summary>
    /// <remarks>
    /// <para>
    /// It behaves as <see cref="MqttSource"/>: a job that has started misses nothing that is published from then on, and is given what is retained. A message with
    /// QoS 1 or 2 is acknowledged when the pipeline has taken its record over, or with an epoch log when the epoch with its effect is committed; with a
    /// <see cref="MqttBrokerSourceOptions.Session"/> each message then has its effect exactly once, whatever becomes of the job. A payload that does not
    /// decode becomes a dead letter. The records carry <see cref="MqttHeaders.Topic"/> and the message's user properties as headers.
    /// </para>
    /// <para>
    /// When the pipeline does not keep up, clients that publish to it are not read, for as long as it takes: <see cref="MqttBrokerOptions.SlowConsumerTimeout"/> does not apply.
    /// With <see cref="SlowConsumerPolicy.DropQos0"/> messages of QoS 0 are dropped instead, with <see cref="SlowConsumerPolicy.Disconnect"/> the job fails.
    /// <see cref="MqttBrokerOptions.Authorize"/> is not asked. Stop the job before the broker: a job whose broker is disposed fails.
    /// </para>
    /// </remarks>
    /// <param name="filter">The topic filter; may hold wildcards, and may be shared with clients.</param>
    /// <param name="decoder">Decodes payloads; it is called on the job's lane.</param>
    /// <param name="options">How; by default <see cref="MqttBrokerSourceOptions"/> as they are.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The filter or an option is not valid.</exception>
    public ISource<T> Source<T>(string filter, IDecoder<T> decoder, MqttBrokerSourceOptions? options = null) => Source([filter], decoder, options);

    /// <summary>Describes a source of the messages of several topic filters; see <see cref="Source{T}(string, IDecoder{T}, MqttBrokerSourceOptions?)"/>.</summary>
    /// <param name="filters">The topic filters, at least one. A message comes once, also where they overlap.</param>
    /// <param name="decoder">Decodes payloads; it is called on the job's lane.</param>
    /// <param name="options">How; by default <see cref="MqttBrokerSourceOptions"/> as they are.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A filter or an option is not valid.</exception>
    public ISource<T> Source<T>(IReadOnlyList<string> filters, IDecoder<T> decoder, MqttBrokerSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return Source(filters, MessageDecoder<T>.Of(decoder), options);
    }

    /// <summary>
    /// Describes a source of the topics of a template, which makes records of payloads and topics; see <see cref="Source{T}(string, IDecoder{T}, MqttBrokerSourceOptions?)"/>.
    /// </summary>
    /// <param name="template">
    /// A topic filter in which <c>{name}</c> stands for one level, as <c>+</c> does, and gives it a name. It may begin with <c>$share/NAME/</c> and end with <c>/#</c>.
    /// </param>
    /// <param name="decoder">Decodes payloads; it is called on the job's lane.</param>
    /// <param name="bind">
    /// Makes a record of what was decoded and the named levels of its topic; called where the decoder is. If it throws, the message becomes a dead letter.
    /// </param>
    /// <param name="options">How; by default <see cref="MqttBrokerSourceOptions"/> as they are.</param>
    /// <typeparam name="TPayload">The type of what payloads are decoded to.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The template or an option is not valid.</exception>
    public ISource<T> Source<TPayload, T>(
        string template, IDecoder<TPayload> decoder, Func<TPayload, MqttTopicLevels, T> bind, MqttBrokerSourceOptions? options = null)
    {
        TopicTemplates parsed = TopicTemplates.Parse([template], needsNames: true);
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(bind);
        return Source(parsed.Filters, MessageDecoder<T>.Of(parsed, decoder, bind), options);
    }

    private PipelineSource<T> Source<T>(IReadOnlyList<string> filters, MessageDecoder<T> decoder, MqttBrokerSourceOptions? options)
    {
        MqttClient.CheckFilters(filters);
        foreach (string filter in filters)
        {
            if (SubscriptionTree.IsTooDeep(filter))
            {
                throw new ArgumentException($"The topic filter has more than {SubscriptionTree.MaximumLevels} levels.", nameof(filters));
            }
        }

        options ??= new MqttBrokerSourceOptions();
        options.Validate();
        return new PipelineSource<T>([.. filters], decoder, options, _context);
    }
}
