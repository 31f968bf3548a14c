using System.Globalization;
using System.Text;
using RabbitMQ.Client;

namespace IoTStream.Amqp.Connectors;

/// <summary>Values of a message's headers, of which the client library makes objects.</summary>
internal static class HeaderValues
{
    /// <summary>A value as text; null for lists, tables and nothing.</summary>
    public static string? TextOf(object? value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        BinaryTableValue binary => Encoding.UTF8.GetString(binary.Bytes),
        _ => ScalarOf(value),
    };

    /// <summary>A value as bytes; null for lists, tables and nothing.</summary>
    public static byte[]? BytesOf(object? value) => value switch
    {
        byte[] bytes => bytes,
        BinaryTableValue binary => binary.Bytes,
        _ => ScalarOf(value) is { } text ? Encoding.UTF8.GetBytes(text) : null,
    };

    private static string? ScalarOf(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        AmqpTimestamp timestamp => DateTimeOffset.FromUnixTimeSeconds(timestamp.UnixTime).ToString("O", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
