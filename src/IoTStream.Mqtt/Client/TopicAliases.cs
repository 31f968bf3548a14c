using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>
/// Numbers for the topics that this side publishes to, on one connection (MQTT 5.0, section 3.3.2.3.4): the first that come get the numbers that the server
/// allows, and keep them. Belongs to the <see cref="Outbox"/> and is guarded by its lock.
/// </summary>
internal sealed class TopicAliases(int maximum)
{
    // An alias takes four bytes and the property length may be there anyway: a shorter topic gains nothing.
    private const int ShortTopic = 8;
    private readonly Dictionary<TopicName, PacketProperties> _aliases = [];

    /// <summary>The bytes by which an alias can make a message longer, when it is used first.</summary>
    public const int Overhead = 8;

    private TopicName? _new;

    /// <summary>The message as it is to be sent; the same if its topic gets no alias. Followed by <see cref="Confirm"/> when it has been sent.</summary>
    public PublishPacket Apply(in PublishPacket packet)
    {
        _new = null;
        TopicName topic = packet.Topic!;
        if (topic.Utf8.Length <= ShortTopic)
        {
            return packet;
        }

        bool isKnown = _aliases.TryGetValue(topic, out PacketProperties? properties);
        if (!isKnown)
        {
            if (_aliases.Count == maximum)
            {
                return packet;
            }

            properties = Alias();
            _new = topic;
        }

        return packet with { Topic = isKnown ? null : topic, Properties = packet.Properties?.WithTopicAlias(properties!.TopicAlias!.Value) ?? properties };
    }

    /// <summary>The server knows the alias now.</summary>
    public void Confirm()
    {
        if (_new is not null)
        {
            _aliases.Add(_new, Alias());
            _new = null;
        }
    }

    private PacketProperties Alias() => new() { TopicAlias = (ushort)(_aliases.Count + 1) };
}
