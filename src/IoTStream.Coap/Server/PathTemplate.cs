using System.Text;

namespace IoTStream.Coap.Server;

/// <summary>A path some of whose segments have names: <c>{name}</c> stands for any one segment.</summary>
internal sealed class PathTemplate
{
    private readonly string[] _segments;
    private readonly string[] _names;
    private readonly int[] _places;

    private PathTemplate(string text, string[] segments, string[] names, int[] places)
    {
        Text = text;
        _segments = segments;
        _names = names;
        _places = places;
    }

    public string Text { get; }

    /// <summary>Whether it stands for one path only.</summary>
    public bool IsLiteral => _names.Length == 0;

    /// <summary>How many segments are given: of two templates that match, the one with more is meant.</summary>
    public int Literals => _segments.Length - _names.Length;

    /// <exception cref="ArgumentException">A name is empty, occurs twice, or is not a whole segment; or a segment is too long.</exception>
    public static PathTemplate Parse(string template)
    {
        ArgumentNullException.ThrowIfNull(template);
        string text = template.TrimStart('/');
        string[] segments = text.Length == 0 ? [] : text.Split('/');
        List<string> names = [];
        List<int> places = [];
        for (int i = 0; i < segments.Length; i++)
        {
            string segment = segments[i];
            if (Encoding.UTF8.GetByteCount(segment) > byte.MaxValue)
            {
                throw new ArgumentException($"The segment '{segment}' of '{template}' is longer than 255 bytes, the most that CoAP has.", nameof(template));
            }

            if (!segment.AsSpan().ContainsAny('{', '}'))
            {
                continue;
            }

            string name = segment.Length > 2 && segment[0] == '{' && segment[^1] == '}' ? segment[1..^1] : "";
            if (name.Length == 0 || name.AsSpan().ContainsAny('{', '}') || names.Contains(name, StringComparer.Ordinal))
            {
                throw new ArgumentException(
                    $"The segment '{segment}' of the template '{template}' is not valid: a name in braces is a whole segment, such as {{sensor}}, and occurs once.", nameof(template));
            }

            names.Add(name);
            places.Add(i);
        }

        return new PathTemplate(text, segments, [.. names], [.. places]);
    }

    /// <summary>The named segments of a path, if it matches.</summary>
    public CoapPath? Match(string path, string[] segments)
    {
        if (segments.Length != _segments.Length)
        {
            return null;
        }

        int next = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            if (next < _places.Length && _places[next] == i)
            {
                next++;
                if (segments[i].Length == 0)
                {
                    return null;
                }
            }
            else if (!string.Equals(segments[i], _segments[i], StringComparison.Ordinal))
            {
                return null;
            }
        }

        return new CoapPath(path, _names, [.. _places.Select(place => segments[place])]);
    }
}
