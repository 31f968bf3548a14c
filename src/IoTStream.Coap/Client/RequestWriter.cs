using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Client;

/// <summary>Writes the options of a request, and a part of its body.</summary>
/// <param name="request">The request.</param>
/// <param name="target">Its URI as options.</param>
internal sealed class RequestWriter(CoapRequest request, RequestTarget target)
{
    /// <summary>Room for a request: options can take much more than a datagram has, and then it is refused.</summary>
    private const int Room = 65_536;

    /// <summary>Writes what is behind the token.</summary>
    /// <param name="payload">The part of the body.</param>
    /// <param name="most">The most bytes that it may take.</param>
    /// <param name="parts">What differs from message to message.</param>
    /// <exception cref="ArgumentException">It does not fit into a datagram.</exception>
    public byte[] Write(ReadOnlySpan<byte> payload, int most, in RequestParts parts)
    {
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Room + payload.Length);
        try
        {
            var writer = new MessageWriter(buffer);
            WriteOptions(ref writer, parts);
            writer.WritePayload(payload);
            return writer.Length <= most
                ? buffer.AsSpan(0, writer.Length).ToArray()
                : throw new ArgumentException($"The request to {request.Uri} has {writer.Length} bytes, and a datagram has room for {most}: its URI is too long.", nameof(most));
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void WriteOptions(ref MessageWriter writer, in RequestParts parts)
    {
        foreach (ReadOnlyMemory<byte> tag in parts.IsContinuation ? [] : request.IfMatch)
        {
            writer.Write(OptionNumber.IfMatch, tag.Span);
        }

        if (target.UriHost is { } host)
        {
            writer.Write(OptionNumber.UriHost, host);
        }

        foreach (ReadOnlyMemory<byte> tag in parts.IsContinuation ? [] : request.ETags)
        {
            writer.Write(OptionNumber.ETag, tag.Span);
        }

        if (request.IfNoneMatch)
        {
            writer.Write(OptionNumber.IfNoneMatch, default(ReadOnlySpan<byte>));
        }

        if (parts.Observe is { } observe)
        {
            writer.Write(OptionNumber.Observe, (uint)observe);
        }

        foreach (string segment in target.Path)
        {
            writer.Write(OptionNumber.UriPath, segment);
        }

        if (request.ContentFormat is { } format)
        {
            writer.Write(OptionNumber.ContentFormat, (uint)format);
        }

        foreach (string part in target.Query)
        {
            writer.Write(OptionNumber.UriQuery, part);
        }

        if (request.Accept is { } accept)
        {
            writer.Write(OptionNumber.Accept, (uint)accept);
        }

        if (parts.Block2 is { } block2)
        {
            writer.Write(OptionNumber.Block2, block2);
        }

        if (parts.Block1 is { } block1)
        {
            writer.Write(OptionNumber.Block1, block1);
            if (block1.Number == 0)
            {
                writer.Write(OptionNumber.Size1, (uint)request.Payload.Length);
            }
        }

        if (parts.Echo is { } echo)
        {
            writer.Write(OptionNumber.Echo, (ReadOnlySpan<byte>)echo);
        }

        if (parts.RequestTag is { } tagOfBody)
        {
            writer.Write(OptionNumber.RequestTag, (ReadOnlySpan<byte>)tagOfBody);
        }
    }
}
