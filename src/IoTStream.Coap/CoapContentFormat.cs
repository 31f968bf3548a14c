namespace IoTStream.Coap;

/// <summary>What the bytes of a payload are, as the number that CoAP has for it (RFC 7252, section 12.3); others than these are fine.</summary>
public enum CoapContentFormat
{
    /// <summary><c>text/plain;charset=utf-8</c>.</summary>
    Text = 0,

    /// <summary><c>application/link-format</c> (RFC 6690).</summary>
    LinkFormat = 40,

    /// <summary><c>application/xml</c>.</summary>
    Xml = 41,

    /// <summary><c>application/octet-stream</c>.</summary>
    OctetStream = 42,

    /// <summary><c>application/json</c>.</summary>
    Json = 50,

    /// <summary><c>application/json-patch+json</c> (RFC 8132).</summary>
    JsonPatch = 51,

    /// <summary><c>application/merge-patch+json</c> (RFC 8132).</summary>
    MergePatch = 52,

    /// <summary><c>application/cbor</c>.</summary>
    Cbor = 60,

    /// <summary><c>application/senml+json</c> (RFC 8428).</summary>
    SenMlJson = 110,

    /// <summary><c>application/senml+cbor</c> (RFC 8428).</summary>
    SenMlCbor = 112,
}
