using System.Net;

namespace IoTStream.Coap;

/// <summary>A request that a server has received, with its whole body.</summary>
/// <remarks>Immutable; it can be kept.</remarks>
public sealed record CoapServerRequest
{
    /// <summary>The method.</summary>
    public required CoapCode Method { get; init; }

    /// <summary>The path, with the segments that have names.</summary>
    public required CoapPath Path { get; init; }

    /// <summary>The parts of the query, such as <c>unit=celsius</c>.</summary>
    public IReadOnlyList<string> Query { get; init; } = [];

    /// <summary>What the body is, if that is said.</summary>
    public CoapContentFormat? ContentFormat { get; init; }

    /// <summary>What the answer is wanted as, if that is said.</summary>
    public CoapContentFormat? Accept { get; init; }

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The states of the resource of which one has to be there for the request to be done: entity tags, or an empty one for any. Empty if there is no such condition.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> IfMatch { get; init; } = [];

    /// <summary>Whether the resource must not be there yet.</summary>
    public bool IfNoneMatch { get; init; }

    /// <summary>The states of the resource that the client has already: one of them can be confirmed with <see cref="CoapCode.Valid"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> ETags { get; init; } = [];

    /// <summary>Who asks.</summary>
    public required IPEndPoint Peer { get; init; }

    /// <summary>Who that has proved to be, over DTLS; null if it has not.</summary>
    public CoapIdentity? Identity { get; init; }

    /// <summary>Whether the message was confirmable.</summary>
    public bool IsConfirmable { get; init; }

    /// <summary>Whether it was sent to a group.</summary>
    public bool IsMulticast { get; init; }
}
