using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>The topic aliases that the broker has given on one connection (MQTT 5.0, section 3.3.2.3.4): the first topics get them.</summary>
internal sealed class OutboundAliases(int maximum)
{
    // An alias takes three bytes.
    private const int LongestWithoutAlias = 3;
    private readonly Dictionary<string, ushort> _aliases = new(StringComparer.Ordinal);

    /// <summary>The header with the topic's alias, or one to be given to it; as it is, if there is none.</summary>
    public PublishHeader Apply(TopicName topic, in PublishHeader header)
    {
        if (topic.Utf8.Length <= LongestWithoutAlias)
        {
            return header;
        }

        if (_aliases.TryGetValue(topic.Text, out ushort alias))
        {
            return header with { TopicAlias = alias, OmitsTopic = true };
        }

        return _aliases.Count < maximum ? header with { TopicAlias = (ushort)(_aliases.Count + 1) } : header;
    }

    /// <summary>The packet with the header has been written: the client knows the alias from now on.</summary>
    public void Learn(TopicName topic, in PublishHeader header)
    {
        if (header is { TopicAlias: not 0, OmitsTopic: false })
        {
            _aliases.Add(topic.Text, header.TopicAlias);
        }
    }
}
