namespace IoTStream.Coap;

/// <summary>Who a peer has proved to be, over DTLS.</summary>
/// <param name="Kind">How it has proved it. Names of different kinds mean nothing to each other: compare both.</param>
/// <param name="Name">The identity of its pre-shared key, or the subject of its certificate.</param>
public sealed record CoapIdentity(CoapIdentityKind Kind, string Name);
