using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>A session as it was found on disk.</summary>
internal sealed class StoredSession(long id, bool isPipeline, string name, Guid identity)
{
    private readonly Dictionary<long, Entry> _entries = [];
    private long _lastOrder;

    public long Id => id;

    public bool IsPipeline => isPipeline;

    public string Name => name;

    public Guid Identity => identity;

    public TimeSpan Expiry { get; set; }

    /// <summary>In UTC ticks; <see cref="long.MaxValue"/> if somebody was connected or it does not end.</summary>
    public long ExpiresAt { get; set; } = long.MaxValue;

    public Dictionary<string, (TopicSubscription Options, int Identifier)> Subscriptions { get; } = new(StringComparer.Ordinal);

    /// <summary>The packet identifiers of messages of QoS 2 that the client has sent and not released.</summary>
    public HashSet<ushort> Heard { get; } = [];

    /// <summary>The number of the last message that the session was owed.</summary>
    public long LastNumber { get; private set; }

    /// <summary>What the session is owed, in order.</summary>
    public IEnumerable<Entry> Entries => _entries.Values.OrderBy(entry => entry.Order);

    public void Add(long number, Publication publication, in PublishHeader header)
    {
        _entries[number] = new Entry(number, publication, header, ++_lastOrder);
        LastNumber = number;
    }

    public void Receive(long number) =>
        _entries[number] = new Entry(number, null, new PublishHeader(MqttQualityOfService.ExactlyOnce, Retain: false, []), ++_lastOrder);

    public void Remove(long number) => _entries.Remove(number);

    public void RemoveUpTo(long number)
    {
        LastNumber = Math.Max(LastNumber, number);
        foreach (long old in _entries.Keys.Where(key => key <= number).ToArray())
        {
            _entries.Remove(old);
        }
    }

    /// <param name="Number">A client's packet identifier, or the number in a pipeline's session.</param>
    /// <param name="Publication">Null once the client has received it.</param>
    /// <param name="Header">What is particular to this copy.</param>
    /// <param name="Order">Its place.</param>
    internal readonly record struct Entry(long Number, Publication? Publication, PublishHeader Header, long Order);
}
