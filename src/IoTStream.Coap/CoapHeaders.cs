namespace IoTStream.Coap;

/// <summary>The names of the record headers that sources set.</summary>
public static class CoapHeaders
{
    /// <summary>The path of the resource, without a slash in front; of a client's source, the whole URI.</summary>
    public const string Path = "coap.path";
}
