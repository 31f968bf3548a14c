namespace IoTStream.Coap.Protocol;

/// <summary>The options that are known here (RFC 7252, section 5.10, and those that came later).</summary>
internal enum OptionNumber
{
    None = 0,
    IfMatch = 1,
    UriHost = 3,
    ETag = 4,
    IfNoneMatch = 5,
    Observe = 6,
    UriPort = 7,
    LocationPath = 8,
    UriPath = 11,
    ContentFormat = 12,
    MaxAge = 14,
    UriQuery = 15,
    Accept = 17,
    LocationQuery = 20,
    Block2 = 23,
    Block1 = 27,
    Size2 = 28,
    ProxyUri = 35,
    ProxyScheme = 39,
    Size1 = 60,
    Echo = 252,
    NoResponse = 258,
    RequestTag = 292,
}
