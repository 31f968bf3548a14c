using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Mqtt;

/// <summary>The levels of a topic that have names in a template such as <c>city/{district}/{sensor}/speed</c>.</summary>
/// <remarks>Immutable and thread-safe. There is one object for each topic, not for each message.</remarks>
public sealed class MqttTopicLevels
{
    private readonly string[] _names;
    private readonly string[] _values;

    internal MqttTopicLevels(string topic, string[] names, string[] values)
    {
        Topic = topic;
        _names = names;
        _values = values;
    }

    /// <summary>The whole topic name.</summary>
    public string Topic { get; }

    /// <summary>Finds the level with a name, which a source of several templates may have for some of its topics only.</summary>
    /// <param name="name">The name, as it is between the braces.</param>
    /// <param name="value">The level, if there is one.</param>
    /// <returns>Whether the topic's template has such a level.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out string? value)
    {
        int index = Array.IndexOf(_names, name);
        value = index >= 0 ? _values[index] : null;
        return index >= 0;
    }

    /// <summary>The level with a name.</summary>
    /// <param name="name">The name, as it is between the braces.</param>
    /// <exception cref="ArgumentException">The template has no level of that name.</exception>
    public string this[string name]
    {
        get
        {
            return TryGet(name, out string? value)
                ? value
                : throw new ArgumentException($"The topic template has no level {{{name}}}; it has {string.Join(", ", _names.Select(static known => $"{{{known}}}"))}.", nameof(name));
        }
    }
}
