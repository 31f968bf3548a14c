using System.Text;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Server;

/// <summary>Writes the options of an answer, and a part of its body.</summary>
internal static class ResponseWriter
{
    public static int Write(
        Span<byte> buffer, CoapResponse response, ReadOnlySpan<byte> payload, int observe = -1, ReadOnlySpan<byte> etag = default, Block? block1 = null, Block? block2 = null, int size2 = -1)
    {
        var writer = new MessageWriter(buffer);
        if (!response.ETag.IsEmpty || !etag.IsEmpty)
        {
            writer.Write(OptionNumber.ETag, response.ETag.IsEmpty ? etag : response.ETag.Span);
        }

        if (observe >= 0)
        {
            writer.Write(OptionNumber.Observe, (uint)observe);
        }

        string[] location = response.Location?.Split('?', 2) ?? [];
        foreach (string segment in location is [{ Length: > 0 } path, ..] ? path.TrimStart('/').Split('/') : [])
        {
            writer.Write(OptionNumber.LocationPath, segment);
        }

        if (response.ContentFormat is { } format)
        {
            writer.Write(OptionNumber.ContentFormat, (uint)format);
        }

        if (response.MaxAge is { } maxAge)
        {
            writer.Write(OptionNumber.MaxAge, (uint)Math.Clamp(maxAge.TotalSeconds, 0, uint.MaxValue));
        }

        foreach (string part in location is [_, var query] ? query.Split('&') : [])
        {
            writer.Write(OptionNumber.LocationQuery, part);
        }

        if (block2 is { } wanted)
        {
            writer.Write(OptionNumber.Block2, wanted);
        }

        if (block1 is { } taken)
        {
            writer.Write(OptionNumber.Block1, taken);
        }

        if (size2 >= 0)
        {
            writer.Write(OptionNumber.Size2, (uint)size2);
        }

        writer.WritePayload(payload);
        return writer.Length;
    }

    /// <summary>An answer that says in words what is wrong (RFC 7252, section 5.5.2).</summary>
    public static CoapResponse Error(CoapCode code, string reason) => new() { Code = code, Payload = Encoding.UTF8.GetBytes(reason) };
}
