namespace IoTStream.Coap.Dtls;

/// <summary>How far a session is.</summary>
internal enum DtlsState
{
    Handshake,
    Established,
    Closed,
}
