using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using IoTStream.Amqp.Connectors;
using RabbitMQ.Client;

namespace IoTStream.Amqp;

/// <summary>A message as it was delivered (0-9-1, section 1.8).</summary>
[StructLayout(LayoutKind.Auto)]
[SuppressMessage("Performance", "CA1815:Override equals and operator equals on value types", Justification = "A view of a message; two are never compared.")]
public readonly struct AmqpMessage
{
    private readonly IReadOnlyBasicProperties _properties;

    internal AmqpMessage(string exchange, string routingKey, bool isRedelivered, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body)
    {
        _properties = properties;
        Exchange = exchange;
        RoutingKey = routingKey;
        IsRedelivered = isRedelivered;
        Payload = new ReadOnlySequence<byte>(body);
    }

    /// <summary>The exchange to which it was published; empty for the default exchange.</summary>
    public string Exchange { get; }

    /// <summary>The routing key with which it was published.</summary>
    public string RoutingKey { get; }

    /// <summary>Whether the server has delivered it before, to this consumer or another.</summary>
    public bool IsRedelivered { get; }

    /// <summary>The payload, in the receive buffer: not to be kept.</summary>
    public ReadOnlySequence<byte> Payload { get; }

    /// <summary>Its identifier, if its publisher gives it one.</summary>
    public string? MessageId => _properties.IsMessageIdPresent() ? _properties.MessageId : null;

    /// <summary>What the payload is, if the publisher tells it.</summary>
    public string? ContentType => _properties.IsContentTypePresent() ? _properties.ContentType : null;

    /// <summary>How the payload is encoded, such as <c>gzip</c>, if the publisher tells it.</summary>
    public string? ContentEncoding => _properties.IsContentEncodingPresent() ? _properties.ContentEncoding : null;

    /// <summary>By what the publisher recognises answers, if it tells it.</summary>
    public string? CorrelationId => _properties.IsCorrelationIdPresent() ? _properties.CorrelationId : null;

    /// <summary>To which queue the publisher wants answers, if it tells it.</summary>
    public string? ReplyTo => _properties.IsReplyToPresent() ? _properties.ReplyTo : null;

    /// <summary>The name of the message's type, if the publisher tells it.</summary>
    public string? MessageType => _properties.IsTypePresent() ? _properties.Type : null;

    /// <summary>The name of the publishing application, if it tells it.</summary>
    public string? AppId => _properties.IsAppIdPresent() ? _properties.AppId : null;

    /// <summary>The user who published it, which the server has checked, if the publisher tells it.</summary>
    public string? UserId => _properties.IsUserIdPresent() ? _properties.UserId : null;

    /// <summary>Its timestamp, to the second, if the publisher gives it one.</summary>
    public DateTimeOffset? Timestamp => _properties.IsTimestampPresent() ? DateTimeOffset.FromUnixTimeSeconds(_properties.Timestamp.UnixTime) : null;

    /// <summary>Its priority, if the publisher gives it one.</summary>
    public int? Priority => _properties.IsPriorityPresent() ? _properties.Priority : null;

    /// <summary>A header as text: of numbers and truth values in the invariant culture, of bytes as UTF-8; null if there is none of this name, or if it is a list or a table.</summary>
    /// <param name="name">The name, compared ordinally.</param>
    public string? Header(string name) =>
        _properties.IsHeadersPresent() && _properties.Headers!.TryGetValue(name, out object? value) ? HeaderValues.TextOf(value) : null;

    /// <summary>
    /// The headers with the values that the client library gives: bytes for texts, numbers, truth values, lists and dictionaries, such as that of <c>x-death</c>; empty if there are none.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Headers =>
        _properties.IsHeadersPresent() ? new Dictionary<string, object?>(_properties.Headers!, StringComparer.Ordinal) : new Dictionary<string, object?>(StringComparer.Ordinal);

    internal IReadOnlyBasicProperties Properties => _properties;
}
