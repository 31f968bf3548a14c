using System.Collections.Concurrent;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>Topic names that are published to, checked and encoded once.</summary>
/// <remarks>Thread-safe. When it is full it starts afresh.</remarks>
internal sealed class TopicNames
{
    private const int Capacity = 65_536;
    private readonly ConcurrentDictionary<string, TopicName> _names = new(StringComparer.Ordinal);
    private volatile TopicName? _last;
    private int _count;

    /// <exception cref="ArgumentException">It is not a valid topic name.</exception>
    public TopicName Get(string topic)
    {
        TopicName? last = _last;
        if (last is not null && ReferenceEquals(last.Text, topic))
        {
            return last;
        }

        if (!_names.TryGetValue(topic, out TopicName? name))
        {
            name = TopicName.Create(topic);
            if (Interlocked.Increment(ref _count) > Capacity)
            {
                _names.Clear();
                Volatile.Write(ref _count, 1);
            }

            _names[topic] = name;
        }

        _last = name;
        return name;
    }
}
