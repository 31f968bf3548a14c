namespace IoTStream.Mqtt.Broker;

/// <summary>The subscriptions with one share name and one topic filter, of which one gets each message (MQTT 5.0, section 4.8.2).</summary>
internal sealed class ShareGroup(string name)
{
    private int _turn;

    public string Name { get; } = name;

    /// <summary>Guarded by the <see cref="SubscriptionTree"/>.</summary>
    public List<Subscription> Members { get; } = [];

    /// <summary>Whose turn it is among so many, over all topics that the filter matches.</summary>
    public int NextTurn(int count) => (int)((uint)Interlocked.Increment(ref _turn) % (uint)count);
}
