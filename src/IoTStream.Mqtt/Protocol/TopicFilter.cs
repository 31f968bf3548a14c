namespace IoTStream.Mqtt.Protocol;

/// <summary>The rules of topic names and topic filters (MQTT 5.0, section 4.7).</summary>
internal static class TopicFilter
{
    private const string SharePrefix = "$share/";

    /// <summary>What is wrong with a topic name, or null.</summary>
    public static string? FindFaultOfName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty)
        {
            return "A topic name cannot be empty.";
        }

        if (name.IndexOfAny('+', '#') >= 0)
        {
            return $"The topic name '{name}' holds a wildcard, which only topic filters may.";
        }

        return name.Contains('\0') ? "A topic name cannot hold U+0000." : null;
    }

    /// <summary>What is wrong with a topic filter, or null.</summary>
    public static string? FindFault(ReadOnlySpan<char> filter)
    {
        if (filter.IsEmpty)
        {
            return "A topic filter cannot be empty.";
        }

        if (filter.Contains('\0'))
        {
            return "A topic filter cannot hold U+0000.";
        }

        if (IsShared(filter))
        {
            ReadOnlySpan<char> rest = filter[SharePrefix.Length..];
            int slash = rest.IndexOf('/');
            return slash <= 0 || rest[..slash].IndexOfAny('+', '#') >= 0
                ? $"The shared subscription '{filter}' is not of the form $share/NAME/FILTER with a name without wildcards."
                : FindFault(rest[(slash + 1)..]);
        }

        for (int i = 0; i < filter.Length; i++)
        {
            bool startsLevel = i == 0 || filter[i - 1] == '/';
            bool endsLevel = i == filter.Length - 1 || filter[i + 1] == '/';
            if (filter[i] == '+' && !(startsLevel && endsLevel))
            {
                return $"In the topic filter '{filter}' a '+' does not fill its level.";
            }

            if (filter[i] == '#' && !(startsLevel && i == filter.Length - 1))
            {
                return $"In the topic filter '{filter}' a '#' is not the whole last level.";
            }
        }

        return null;
    }

    /// <summary>Whether the filter names a shared subscription (section 4.8.2).</summary>
    public static bool IsShared(ReadOnlySpan<char> filter) => filter.StartsWith(SharePrefix, StringComparison.Ordinal);

    /// <summary>Where, in a valid filter, that begins which topics are held against: behind the share name of a shared subscription.</summary>
    public static int StartOf(string filter) => IsShared(filter) ? filter.IndexOf('/', SharePrefix.Length) + 1 : 0;

    /// <summary>The share name of a valid filter, or null.</summary>
    public static string? ShareNameOf(string filter) => IsShared(filter) ? filter[SharePrefix.Length..(StartOf(filter) - 1)] : null;

    /// <summary>Whether a valid filter matches a valid topic name; a wildcard in front does not match topics that start with '$'.</summary>
    public static bool Matches(ReadOnlySpan<char> filter, ReadOnlySpan<char> topic)
    {
        if (topic[0] == '$' && filter[0] is '+' or '#')
        {
            return false;
        }

        while (true)
        {
            if (filter is "#")
            {
                return true;
            }

            int filterEnd = filter.IndexOf('/');
            int topicEnd = topic.IndexOf('/');
            ReadOnlySpan<char> filterLevel = filterEnd < 0 ? filter : filter[..filterEnd];
            ReadOnlySpan<char> topicLevel = topicEnd < 0 ? topic : topic[..topicEnd];
            if (filterLevel is not "+" && !filterLevel.SequenceEqual(topicLevel))
            {
                return false;
            }

            if (topicEnd < 0)
            {
                // "a/#" also matches "a": the wildcard includes the level above it.
                return filterEnd < 0 || filter[(filterEnd + 1)..] is "#";
            }

            if (filterEnd < 0)
            {
                return false;
            }

            filter = filter[(filterEnd + 1)..];
            topic = topic[(topicEnd + 1)..];
        }
    }
}
