namespace IoTStream.Coap;

/// <summary>What a server's DTLS has done since it was started.</summary>
/// <param name="Sessions">Sessions that are established now.</param>
/// <param name="Handshakes">Sessions that are not established yet, of peers that have shown where they are.</param>
/// <param name="Established">Sessions that were established.</param>
/// <param name="Resumed">How many of them had been there before, and were taken up again.</param>
/// <param name="Failed">Sessions that were not established: a wrong key, a certificate that is not trusted, nothing in common, or no answer in time.</param>
/// <param name="Refused">First messages that were passed over, for there were too many sessions.</param>
/// <param name="Discarded">Datagrams of peers without a session that were no first messages.</param>
/// <param name="UnknownIdentities">Peers that named an identity which has no key.</param>
public readonly record struct CoapDtlsStatistics(
    int Sessions, int Handshakes, long Established, long Resumed, long Failed, long Refused, long Discarded, long UnknownIdentities);
