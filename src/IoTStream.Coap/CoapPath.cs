using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Coap;

/// <summary>The path of a request, and the segments of it that have names in a template such as <c>sensors/{room}/temperature</c>.</summary>
/// <remarks>Immutable and thread-safe. There is one object for each path, not for each request.</remarks>
public sealed class CoapPath
{
    private readonly string[] _names;
    private readonly string[] _values;

    internal CoapPath(string path, string[] names, string[] values)
    {
        Path = path;
        _names = names;
        _values = values;
    }

    /// <summary>The whole path, without a slash in front.</summary>
    public string Path { get; }

    /// <summary>Finds the segment with a name, which a source of several templates may have for some of its paths only.</summary>
    /// <param name="name">The name, as it is between the braces.</param>
    /// <param name="value">The segment, if there is one.</param>
    /// <returns>Whether the path's template has such a segment.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out string? value)
    {
        int index = Array.IndexOf(_names, name);
        value = index >= 0 ? _values[index] : null;
        return index >= 0;
    }

    /// <summary>The segment with a name.</summary>
    /// <param name="name">The name, as it is between the braces.</param>
    /// <exception cref="ArgumentException">The template has no segment of that name.</exception>
    public string this[string name]
    {
        get
        {
            return TryGet(name, out string? value)
                ? value
                : throw new ArgumentException($"The template has no segment {{{name}}}; it has {string.Join(", ", _names.Select(static known => $"{{{known}}}"))}.", nameof(name));
        }
    }
}
