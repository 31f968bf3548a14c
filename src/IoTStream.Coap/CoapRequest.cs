namespace IoTStream.Coap;

/// <summary>A request that a client sends.</summary>
/// <remarks>Immutable; thread-safe as long as the bytes are left alone.</remarks>
public sealed record CoapRequest
{
    /// <summary>What is asked for, such as <c>coap://192.0.2.7/sensors/temperature?unit=c</c>.</summary>
    public required Uri Uri { get; init; }

    /// <summary>The method; default GET.</summary>
    public CoapCode Method { get; init; } = CoapCode.Get;

    /// <summary>The body. What does not fit into a datagram goes in blocks.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What the body is; by default nothing is said.</summary>
    public CoapContentFormat? ContentFormat { get; init; }

    /// <summary>What the answer is wanted as; by default nothing is said.</summary>
    public CoapContentFormat? Accept { get; init; }

    /// <summary>Whether it is sent until it is acknowledged; default true. Otherwise it is sent once, and may be lost.</summary>
    public bool IsConfirmable { get; init; } = true;

    /// <summary>The states of the resource of which one has to be there for the request to be done: entity tags, or an empty one for any; by default there is no such condition.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> IfMatch { get; init; } = [];

    /// <summary>Whether the resource must not be there yet; default false.</summary>
    public bool IfNoneMatch { get; init; }

    /// <summary>The states of the resource that are known already: entity tags. One that is still valid is answered with <see cref="CoapCode.Valid"/> and no body.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> ETags { get; init; } = [];

    internal void Validate()
    {
        OptionCheck.That(Method is >= CoapCode.Get and <= CoapCode.IPatch, nameof(Method), "has to be one of the methods, from GET to iPATCH");
        OptionCheck.That(IfMatch is not null && IfMatch.All(static tag => tag.Length <= 8), nameof(IfMatch), "has to be entity tags of at most 8 bytes");
        OptionCheck.That(ETags is not null && ETags.All(static tag => tag.Length is >= 1 and <= 8), nameof(ETags), "have to be of 1 to 8 bytes");
        OptionCheck.That(OptionCheck.IsFormat(ContentFormat), nameof(ContentFormat), "has to be from 0 to 65,535");
        OptionCheck.That(OptionCheck.IsFormat(Accept), nameof(Accept), "has to be from 0 to 65,535");
    }
}
