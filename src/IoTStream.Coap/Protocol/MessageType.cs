namespace IoTStream.Coap.Protocol;

/// <summary>The type of a message over datagrams (RFC 7252, section 3).</summary>
internal enum MessageType
{
    Confirmable = 0,
    NonConfirmable = 1,
    Acknowledgement = 2,
    Reset = 3,
}
