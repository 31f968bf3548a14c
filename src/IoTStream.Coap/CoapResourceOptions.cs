namespace IoTStream.Coap;

/// <summary>What is said of a resource in <c>/.well-known/core</c> (RFC 6690).</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record CoapResourceOptions
{
    /// <summary>A title for people (<c>title</c>); default none.</summary>
    public string? Title { get; init; }

    /// <summary>What it is, for programs (<c>rt</c>), such as <c>temperature-c</c>; several with spaces between them; default none.</summary>
    public string? ResourceType { get; init; }

    /// <summary>How to deal with it (<c>if</c>), such as <c>core.s</c>; several with spaces between them; default none.</summary>
    public string? InterfaceDescription { get; init; }

    /// <summary>What it has or takes (<c>ct</c>); default nothing is said.</summary>
    public IReadOnlyList<CoapContentFormat> ContentFormats { get; init; } = [];

    /// <summary>How many bytes it has at most (<c>sz</c>), worth saying if they do not fit into a datagram; default nothing is said.</summary>
    public int? Size { get; init; }

    /// <summary>Whether it is listed; default true.</summary>
    public bool IsListed { get; init; } = true;

    internal void Validate()
    {
        OptionCheck.That(ContentFormats is not null, nameof(ContentFormats), "cannot be null");
        OptionCheck.That(ContentFormats!.All(static format => (int)format is >= 0 and <= ushort.MaxValue), nameof(ContentFormats), "have to be from 0 to 65,535");
        OptionCheck.That(IsQuotable(Title), nameof(Title), "must not have quotes, backslashes or control characters");
        OptionCheck.That(IsQuotable(ResourceType), nameof(ResourceType), "must not have quotes, backslashes or control characters");
        OptionCheck.That(IsQuotable(InterfaceDescription), nameof(InterfaceDescription), "must not have quotes, backslashes or control characters");
    }

    private static bool IsQuotable(string? text) => text is null || !text.AsSpan().ContainsAny("\"\\") && !text.Any(char.IsControl);
}
