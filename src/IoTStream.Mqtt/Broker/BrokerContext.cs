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
        Partial = new PartialPackets(options.MaxPartialPacketBytes);
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

    public PartialPackets Partial { get; }

    public SessionRegistry Sessions { get; }

    public PipelineSessions Pipelines { get; }

    public ConnectionSet Connections { get; } = new();

    public Router Router { get; }

    /// <summary>Null if the broker keeps nothing on disk.</summary>
    public Journal? Journal { get; private set; }

    public MqttBrokerStatistics GetStatistics() => new(
        Connections.Established,
        Sessions.Count,
        Subscriptions.Count,
        Retained.Count,
        Counters.Received,
        Counters.Sent,
        Counters.Dropped,
        Counters.ProtocolErrors);

    /// <summary>Opens the store and takes up what is there.</summary>
    public void Restore(MqttBrokerStore store)
    {
        (Journal journal, StoredState found) = Journal.Open(store, this);
        Journal = journal;
        foreach (Publication retained in found.Retained)
        {
            Retained.Set(retained);
        }

        var sessions = new Dictionary<long, Recipient>();
        foreach (StoredSession stored in found.Sessions.Where(stored => stored.Expiry > TimeSpan.Zero))
        {
            sessions.Add(stored.Id, stored.IsPipeline ? Pipelines.Restore(stored) : Sessions.Restore(stored));
            foreach ((TopicSubscription options, int identifier) in stored.Subscriptions.Values)
            {
                Subscriptions.Subscribe(sessions[stored.Id], options, identifier, int.MaxValue);
            }
        }

        var written = new List<Outbox>();
        foreach (StoredState.Unrouted unrouted in found.NotRouted)
        {
            Router.Complete(unrouted.Publication, [.. unrouted.Sessions.Where(sessions.ContainsKey).Select(id => sessions[id])], written);
            journal.Routed(unrouted.Publisher, unrouted.PacketIdentifier);
        }

        journal.Start();
    }

    /// <summary>Tells the journal everything anew, piece by piece.</summary>
    public IEnumerable<bool> WriteAll(Journal journal) =>
        Sessions.WriteAll().Concat(Pipelines.WriteAll()).Concat(Retained.WriteAll(journal));

    /// <summary>Lets those try again who wait for room in any session.</summary>
    public void WakeAll()
    {
        foreach (Recipient recipient in Sessions.Stored.Concat<Recipient>(Pipelines.Stored))
        {
            recipient.OnCommitted();
        }
    }

    public void Dispose()
    {
        Router.Dispose();
        Counters.Dispose();
    }
}
