using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>A topic filter some of whose levels have names: <c>{name}</c> stands for <c>+</c>.</summary>
internal sealed class TopicTemplate
{
    private readonly string[] _names;
    private readonly int[] _places;

    private TopicTemplate(string filter, string pattern, string[] names, int[] places)
    {
        Filter = filter;
        Pattern = pattern;
        _names = names;
        _places = places;
    }

    /// <summary>What is subscribed to.</summary>
    public string Filter { get; }

    /// <summary>What its topics match: the filter without the name of a shared subscription.</summary>
    public string Pattern { get; }

    public bool Has(string name) => _names.Contains(name, StringComparer.Ordinal);

    /// <exception cref="ArgumentException">A name is empty, occurs twice, or is not a whole level.</exception>
    public static TopicTemplate Parse(string template, bool needsNames = true)
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

        return names.Count > 0 || !needsNames
            ? new TopicTemplate(string.Join('/', levels), string.Join('/', levels[first..]), [.. names], [.. places])
            : throw new ArgumentException($"The topic template '{template}' names no level, such as {{sensor}}.", nameof(template));
    }

    /// <summary>The named levels of a topic that matches.</summary>
    public MqttTopicLevels LevelsOf(string topic)
    {
        string[] levels = topic.Split('/');
        return new MqttTopicLevels(topic, _names, [.. _places.Select(place => levels[place])]);
    }
}
