using IoTStream.Mqtt.Connectors;

namespace IoTStream.Mqtt.Broker;

/// <summary>The facts of the topics that were seen last, found out once for each. Not thread-safe.</summary>
internal sealed class TopicFactsCache<T>(MessageDecoder<T> decoder)
{
    private const int Limit = 65_536;
    private readonly Dictionary<string, TopicFacts> _facts = new(StringComparer.Ordinal);

    public TopicFacts Of(string topic)
    {
        if (!_facts.TryGetValue(topic, out TopicFacts? facts))
        {
            if (_facts.Count == Limit)
            {
                _facts.Clear();
            }

            facts = TopicFacts.Of(topic, decoder.LevelsOf(topic));
            _facts.Add(topic, facts);
        }

        return facts;
    }
}
