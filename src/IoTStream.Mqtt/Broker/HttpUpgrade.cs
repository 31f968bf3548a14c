using System.Security.Cryptography;
using System.Text;

namespace IoTStream.Mqtt.Broker;

/// <summary>The server's side of a WebSocket's opening handshake (RFC 6455, section 4.2), for the subprotocol "mqtt" only.</summary>
internal static class HttpUpgrade
{
    private const int MaximumRequestSize = 8 * 1024;
    private const string KeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Reads the request and answers it.</summary>
    /// <returns>False if the request was refused.</returns>
    /// <exception cref="IOException">The client left, or sends more than a request.</exception>
    public static async ValueTask<bool> AcceptAsync(Stream stream, CancellationToken cancellationToken)
    {
        string request = await ReadRequestAsync(stream, cancellationToken).ConfigureAwait(false);
        string? accepted = KeyOf(request) is { } key
            ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + $"Sec-WebSocket-Accept: {Accept(key)}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
            : null;
        const string Refused = "HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(accepted ?? Refused), cancellationToken).ConfigureAwait(false);
        return accepted is not null;
    }

    /// <summary>The key of a request that can be accepted, otherwise null.</summary>
    internal static string? KeyOf(string request)
    {
        string[] lines = request.Split("\r\n");
        string[] start = lines[0].Split(' ');
        if (start is not ["GET", _, "HTTP/1.1"])
        {
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                return null;
            }

            // A header may be given in several lines, which are one list (RFC 9110, section 5.2).
            string name = line[..colon];
            string value = line[(colon + 1)..].Trim();
            headers[name] = headers.TryGetValue(name, out string? before) ? $"{before},{value}" : value;
        }

        bool Has(string name, string token, StringComparison comparison) =>
            headers.TryGetValue(name, out string? value) && value.Split(',').Any(part => part.Trim().Equals(token, comparison));
        return Has("Upgrade", "websocket", StringComparison.OrdinalIgnoreCase)
            && Has("Connection", "Upgrade", StringComparison.OrdinalIgnoreCase)
            && Has("Sec-WebSocket-Version", "13", StringComparison.Ordinal)
            && Has("Sec-WebSocket-Protocol", "mqtt", StringComparison.Ordinal)
            && headers.TryGetValue("Sec-WebSocket-Key", out string? key)
            && Convert.TryFromBase64String(key, new byte[key.Length], out int size) && size == 16
                ? key
                : null;
    }

    internal static string Accept(string key)
    {
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1, as a proof of having read the request and nothing else.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + KeySuffix)));
#pragma warning restore CA5350
    }

    private static async ValueTask<string> ReadRequestAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[MaximumRequestSize];
        int count = 0;
        while (count < buffer.Length)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(count), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw new EndOfStreamException("The client left before its request was complete.");
            }

            count += read;
            int end = buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                // What follows would be frames, which a client does not send before it is accepted.
                return end + 4 == count
                    ? Encoding.Latin1.GetString(buffer, 0, end)
                    : throw new InvalidDataException("The client does not wait for the answer to its request.");
            }
        }

        throw new InvalidDataException("The request is too long.");
    }
}
