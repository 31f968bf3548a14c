using System.Net;

namespace IoTStream.Coap.Protocol;

/// <summary>What a URI is as options of a request, and where it is sent to (RFC 7252, section 6).</summary>
/// <param name="Host">The host: a name or an address.</param>
/// <param name="Port">The port.</param>
/// <param name="Scheme">The scheme.</param>
/// <param name="UriHost">The value of Uri-Host; null if the host is an address, and so needs none.</param>
/// <param name="Path">The values of Uri-Path.</param>
/// <param name="Query">The values of Uri-Query.</param>
internal sealed record RequestTarget(string Host, int Port, string Scheme, string? UriHost, IReadOnlyList<string> Path, IReadOnlyList<string> Query)
{
    public const int DefaultPort = 5683;
    public const int DefaultSecurePort = 5684;

    private const int LongestValue = 255;

    /// <exception cref="ArgumentException">It is no URI of CoAP, or a part of it is too long for an option.</exception>
    public static RequestTarget Of(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!uri.IsAbsoluteUri || uri.Scheme is not ("coap" or "coaps" or "coap+tcp" or "coaps+tcp") || uri.Host.Length == 0)
        {
            throw new ArgumentException($"'{uri}' is no URI of CoAP: that is coap://HOST/PATH, with coap, coaps, coap+tcp or coaps+tcp in front.", nameof(uri));
        }

        if (uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            throw new ArgumentException($"'{uri}' has a fragment or a user, which cannot be sent with CoAP.", nameof(uri));
        }

        string path = uri.AbsolutePath is "/" or "" ? "" : uri.AbsolutePath[1..];
        string query = uri.Query.Length > 1 ? uri.Query[1..] : "";
        return new RequestTarget(
            uri.IdnHost.Trim('[', ']'),
            uri.IsDefaultPort || uri.Port < 0 ? uri.Scheme.StartsWith("coaps", StringComparison.Ordinal) ? DefaultSecurePort : DefaultPort : uri.Port,
            uri.Scheme,
            IPAddress.TryParse(uri.IdnHost, out _) ? null : uri.IdnHost,
            Split(path, '/', uri),
            Split(query, '&', uri));
    }

    private static string[] Split(string text, char separator, Uri uri)
    {
        if (text.Length == 0)
        {
            return [];
        }

        string[] values = [.. text.Split(separator).Select(Uri.UnescapeDataString)];
        return Array.TrueForAll(values, static value => System.Text.Encoding.UTF8.GetByteCount(value) <= LongestValue)
            ? values
            : throw new ArgumentException($"A part of '{uri}' is longer than {LongestValue} bytes, the most that an option holds.", nameof(uri));
    }
}
