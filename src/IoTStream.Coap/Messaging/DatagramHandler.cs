namespace IoTStream.Coap.Messaging;

/// <summary>Takes a datagram.</summary>
/// <param name="from">The peer.</param>
/// <param name="datagram">The datagram; valid during the call.</param>
/// <param name="isMulticast">Whether it was sent to a group and not to this end alone.</param>
internal delegate void DatagramHandler(in PeerAddress from, ReadOnlySpan<byte> datagram, bool isMulticast);
