using System.Globalization;
using System.Text;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Server;

/// <summary>What a server has, as links (RFC 6690).</summary>
internal static class LinkFormat
{
    public const string Path = ".well-known/core";

    /// <summary>Writes the links that a query wants: all, or those of which an attribute has a value; a value that ends with an asterisk stands for all that begin so (section 4.1).</summary>
    public static string Write(IReadOnlyList<(PathTemplate Template, Resource Resource)> resources, IReadOnlyList<string> query)
    {
        var links = new StringBuilder();
        foreach ((PathTemplate template, Resource resource) in resources.OrderBy(static known => known.Template.Text, StringComparer.Ordinal))
        {
            CoapResourceOptions description = resource.Description;
            if (!description.IsListed || !query.All(condition => Matches(condition, "/" + template.Text, resource)))
            {
                continue;
            }

            // A template is no URI; it is listed as what it is (RFC 6690 leaves relations other than these to their users).
            links.Append(links.Length > 0 ? "," : "").Append('<').Append(Escape(template)).Append('>');
            Append(links, "title", description.Title);
            Append(links, "rt", description.ResourceType);
            Append(links, "if", description.InterfaceDescription);
            if (description.ContentFormats.Count > 0)
            {
                string formats = Formats(description);
                links.Append(description.ContentFormats.Count == 1 ? $";ct={formats}" : $";ct=\"{formats}\"");
            }

            if (description.Size is { } size)
            {
                links.Append(CultureInfo.InvariantCulture, $";sz={size}");
            }

            links.Append(resource.IsObservable ? ";obs" : "");
        }

        return links.ToString();
    }

    private static string Escape(PathTemplate template) => "/" + string.Join('/', template.Text.Split('/').Select(static segment => Uri.EscapeDataString(segment)));

    private static string Formats(CoapResourceOptions description) =>
        string.Join(' ', description.ContentFormats.Select(static format => ((int)format).ToString(CultureInfo.InvariantCulture)));

    private static void Append(StringBuilder links, string name, string? value)
    {
        if (value is not null)
        {
            links.Append(';').Append(name).Append("=\"").Append(value).Append('"');
        }
    }

    private static bool Matches(string condition, string path, Resource resource)
    {
        int equals = condition.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? condition : condition[..equals];
        string wanted = equals < 0 ? "*" : condition[(equals + 1)..].Trim('"');
        CoapResourceOptions description = resource.Description;
        return name switch
        {
            "href" => MatchesValue(path, wanted),
            "title" => description.Title is { } title && MatchesValue(title, wanted),
            "rt" => MatchesAny(description.ResourceType, wanted),
            "if" => MatchesAny(description.InterfaceDescription, wanted),
            "ct" => MatchesAny(Formats(description), wanted),
            "sz" => description.Size is { } size && MatchesValue(size.ToString(CultureInfo.InvariantCulture), wanted),
            "obs" => resource.IsObservable,
            _ => false,
        };
    }

    private static bool MatchesAny(string? values, string wanted) =>
        values is { Length: > 0 } && values.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(value => MatchesValue(value, wanted));

    private static bool MatchesValue(string value, string wanted) =>
        wanted.EndsWith('*') ? value.StartsWith(wanted[..^1], StringComparison.Ordinal) : string.Equals(value, wanted, StringComparison.Ordinal);
}
