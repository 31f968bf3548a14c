using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>What the parts of one broker share.</summary>
internal sealed class BrokerContext : IDisposable
{
    // Enough for a city's sensors to be known by their topics, and at most some tens of megabytes.
    private const int CachedTopics = 65_536;

    public BrokerContext(MqttBrokerOptions options)
    {
        Options = options;
        Clock = new BrokerClock(options.TimeProvider);
        Retained = new RetainedMessages(options.MaxRetainedMessages, options.MaxRetainedBytes);
        Sessions = new SessionRegistry(this);
        Pipelines = new PipelineSessions(this);
        Router = new Router(this);

        // Last, since whoever listens to metrics may ask for them at once.
        Counters = new BrokerCounters(GetStatistics);
    }

    public MqttBrokerOptions Options { get; }

    public BrokerClock Clock { get; }

    public BrokerCounters Counters { get; }

    public TopicCache Topics { get; } = new(CachedTopics);

    public SubscriptionTree Subscriptions { get; } = new();

    public RetainedMessages Retained { get; }

    public SessionRegistry Sessions { get; }

    public PipelineSessions Pipelines { get; }

    public ConnectionSet Connections { get; } = new();

    public Router Router { get; }

    public MqttBrokerStatistics GetStatistics() => new(
        Connections.Established,
        Sessions.Count,
        Subscriptions.Count,
        Retained.Count,
        Counters.Received,
        Counters.Sent,
        Counters.Dropped,
        Counters.ProtocolErrors);

    public void Dispose()
    {
        Router.Dispose();
        Counters.Dispose();
    }
}
