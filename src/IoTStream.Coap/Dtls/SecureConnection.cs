using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Dtls;

/// <summary>A client's session with a server.</summary>
/// <param name="Messages">The messages over it.</param>
/// <param name="Peer">The server.</param>
/// <param name="IsResumed">Whether it was taken up again.</param>
internal sealed record SecureConnection(MessageLayer Messages, PeerAddress Peer, bool IsResumed);
