namespace IoTStream.Coap;

/// <summary>
/// What a message is: a method or the outcome of one, as one byte, whose upper three bits are the class and whose lower five are the detail of what is written <c>c.dd</c>
/// (RFC 7252, section 5.2 and 12.1).
/// </summary>
public enum CoapCode
{
    /// <summary>0.00: neither a request nor a response.</summary>
    Empty = 0x00,

    /// <summary>0.01: reads a resource.</summary>
    Get = 0x01,

    /// <summary>0.02: gives a resource something to process.</summary>
    Post = 0x02,

    /// <summary>0.03: creates or replaces a resource.</summary>
    Put = 0x03,

    /// <summary>0.04: deletes a resource.</summary>
    Delete = 0x04,

    /// <summary>0.05: reads what the payload asks for (RFC 8132).</summary>
    Fetch = 0x05,

    /// <summary>0.06: changes a part of a resource (RFC 8132).</summary>
    Patch = 0x06,

    /// <summary>0.07: changes a part of a resource, with the same outcome however often it is done (RFC 8132).</summary>
    IPatch = 0x07,

    /// <summary>2.01: a resource was created.</summary>
    Created = 0x41,

    /// <summary>2.02: a resource was deleted, or is not there.</summary>
    Deleted = 0x42,

    /// <summary>2.03: what the client has is still valid.</summary>
    Valid = 0x43,

    /// <summary>2.04: a resource was changed.</summary>
    Changed = 0x44,

    /// <summary>2.05: the payload is the resource.</summary>
    Content = 0x45,

    /// <summary>2.31: a block was taken, and the next one is expected (RFC 7959).</summary>
    Continue = 0x5F,

    /// <summary>4.00: the request is not valid.</summary>
    BadRequest = 0x80,

    /// <summary>4.01: the client may not do that, or has to prove that it is reachable (RFC 9175).</summary>
    Unauthorized = 0x81,

    /// <summary>4.02: the request has a critical option that is not known or not valid.</summary>
    BadOption = 0x82,

    /// <summary>4.03: nobody may do that.</summary>
    Forbidden = 0x83,

    /// <summary>4.04: there is no such resource.</summary>
    NotFound = 0x84,

    /// <summary>4.05: the resource does not have this method.</summary>
    MethodNotAllowed = 0x85,

    /// <summary>4.06: the resource has no such content format.</summary>
    NotAcceptable = 0x86,

    /// <summary>4.08: a part of the body is missing (RFC 7959).</summary>
    RequestEntityIncomplete = 0x88,

    /// <summary>4.09: the request does not go together with what the resource is (RFC 8132).</summary>
    Conflict = 0x89,

    /// <summary>4.12: a condition of the request does not hold.</summary>
    PreconditionFailed = 0x8C,

    /// <summary>4.13: the body is too large.</summary>
    RequestEntityTooLarge = 0x8D,

    /// <summary>4.15: the content format of the body is not known.</summary>
    UnsupportedContentFormat = 0x8F,

    /// <summary>4.22: the body is well formed, and cannot be processed all the same (RFC 8132).</summary>
    UnprocessableEntity = 0x96,

    /// <summary>4.29: the client sends too much (RFC 8516).</summary>
    TooManyRequests = 0x9D,

    /// <summary>5.00: the server failed.</summary>
    InternalServerError = 0xA0,

    /// <summary>5.01: the server does not know the method.</summary>
    NotImplemented = 0xA1,

    /// <summary>5.02: another server failed on which this one depends.</summary>
    BadGateway = 0xA2,

    /// <summary>5.03: the server can do nothing now; the Max-Age of the response says when it is worth another try.</summary>
    ServiceUnavailable = 0xA3,

    /// <summary>5.04: another server did not answer in time.</summary>
    GatewayTimeout = 0xA4,

    /// <summary>5.05: the server is no proxy.</summary>
    ProxyingNotSupported = 0xA5,

    /// <summary>7.01: capabilities and settings of a connection (RFC 8323).</summary>
    CapabilitiesAndSettings = 0xE1,

    /// <summary>7.02: asks whether the other end of a connection lives (RFC 8323).</summary>
    Ping = 0xE2,

    /// <summary>7.03: it lives (RFC 8323).</summary>
    Pong = 0xE3,

    /// <summary>7.04: the connection is to be given up when what is under way is done (RFC 8323).</summary>
    Release = 0xE4,

    /// <summary>7.05: the connection is given up, for the other end broke the rules (RFC 8323).</summary>
    Abort = 0xE5,
}
