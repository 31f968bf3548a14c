namespace IoTStream.Coap;

/// <summary>What a server answers.</summary>
/// <remarks>Immutable; thread-safe as long as the bytes are left alone.</remarks>
public sealed record CoapResponse
{
    /// <summary>The outcome.</summary>
    public required CoapCode Code { get; init; }

    /// <summary>The body; a text that says why, for people, if the outcome is an error.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What the body is, if that is said.</summary>
    public CoapContentFormat? ContentFormat { get; init; }

    /// <summary>What tells this state of the resource from others, 1 to 8 bytes; empty if there is nothing.</summary>
    public ReadOnlyMemory<byte> ETag { get; init; }

    /// <summary>How long the body may be used, or after what time another try makes sense, in whole seconds; if that is not said it is 60 seconds.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>The path of what was created, and its query behind a question mark if it has one, if that is said.</summary>
    public string? Location { get; init; }

    /// <summary>The number of a notification, by which newer ones are told from older ones (RFC 7641); null if it is none.</summary>
    public int? Observe { get; init; }

    /// <summary>Whether the outcome is a success: a code 2.xx.</summary>
    public bool IsSuccess => (int)Code >> 5 == 2;

    /// <summary>The body as text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Payload.Span);
}
