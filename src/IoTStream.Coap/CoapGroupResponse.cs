using System.Net;

namespace IoTStream.Coap;

/// <summary>What a member of a group has answered.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="Member">Where the member is, to ask it alone.</param>
/// <param name="Response">Its answer.</param>
public sealed record CoapGroupResponse(IPEndPoint Member, CoapResponse Response);
