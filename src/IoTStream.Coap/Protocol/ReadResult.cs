namespace IoTStream.Coap.Protocol;

/// <summary>What became of reading a datagram.</summary>
internal enum ReadResult
{
    /// <summary>It is a message.</summary>
    Message,

    /// <summary>It is none of this version: to be ignored without an answer (RFC 7252, section 3).</summary>
    Foreign,

    /// <summary>It has a header, and something behind it is wrong: to be rejected (section 4.2 and 4.3).</summary>
    Malformed,
}
