using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>The templates of a source: a topic is taken apart by the first that it matches.</summary>
internal sealed class TopicTemplates
{
    private readonly TopicTemplate[] _templates;

    private TopicTemplates(TopicTemplate[] templates) => _templates = templates;

    public IReadOnlyList<string> Filters => [.. _templates.Select(static template => template.Filter)];

    /// <exception cref="ArgumentException">There is none, or one of them is not valid.</exception>
    public static TopicTemplates Parse(IReadOnlyList<string> templates, bool needsNames)
    {
        ArgumentNullException.ThrowIfNull(templates);
        var parsed = new TopicTemplates([.. templates.Select(template => TopicTemplate.Parse(template, needsNames))]);
        MqttClient.CheckFilters(parsed.Filters);
        return parsed;
    }

    /// <summary>Whether some template has a level of a name.</summary>
    public bool Have(string level) => Array.Exists(_templates, template => template.Has(level));

    /// <summary>The named levels of a topic; none if it matches no template, as one of a session of an earlier job may.</summary>
    public MqttTopicLevels LevelsOf(string topic) =>
        Array.Find(_templates, template => TopicFilter.Matches(template.Pattern, topic))?.LevelsOf(topic) ?? new MqttTopicLevels(topic, [], []);
}
