using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>A topic filter some of whose levels have names: <c>{name}</c> stands for <c>+</c>.</summary>
internal sealed class TopicTemplate
{
    private readonly string[] _names;
    private readonly int[] _places;

    private TopicTemplate(string filter, string[] names, int[] places)
    {
        Filter = filter;
        _names = names;
        _places = places;
    }

    public string Filter { get; }

    /// <exception cref="ArgumentException">A name is empty, occurs twice, or is not a whole level.</exception>
    public static TopicTemplate Parse(string template)
    {
        ArgumentNullException.ThrowIfNull(template);
        string[] levels = template.Split('/');

        // The messages of a shared subscription do not have its name in their topics.
        int first = TopicFilter.IsShared(template) ? 2 : 0;
        List<string> names = [];
        List<int> places = [];
        for (int i = first; i < levels.Length; i++)
        {
            string level = levels[i];
            if (!level.Contains('{', StringComparison.Ordinal) && !level.Contains('}', StringComparison.Ordinal))
            {
                continue;
            }

            string name = level.Length > 2 && level[0] == '{' && level[^1] == '}' ? level[1..^1] : "";
            if (name.Length == 0 || name.AsSpan().ContainsAny('{', '}') || names.Contains(name, StringComparer.Ordinal))
            {
                throw new ArgumentException(
                    $"The level '{level}' of the topic template '{template}' is not valid: a name in braces is a whole level, such as {{sensor}}, and occurs once.", nameof(template));
            }

            names.Add(name);
            places.Add(i - first);
            levels[i] = "+";
        }

        return names.Count > 0
            ? new TopicTemplate(string.Join('/', levels), [.. names], [.. places])
            : throw new ArgumentException($"The topic template '{template}' names no level, such as {{sensor}}.", nameof(template));
    }

    /// <summary>The named levels of a topic that matches.</summary>
    public MqttTopicLevels LevelsOf(string topic)
    {
        string[] levels = topic.Split('/');
        return new MqttTopicLevels(topic, _names, [.. _places.Select(place => levels[place])]);
    }
}
