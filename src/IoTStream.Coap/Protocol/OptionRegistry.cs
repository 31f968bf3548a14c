namespace IoTStream.Coap.Protocol;

/// <summary>What is said of options: by their numbers alone, and of those that are known.</summary>
internal static class OptionRegistry
{
    /// <summary>Whether somebody who does not know the option must not process the message (RFC 7252, section 5.4.1).</summary>
    public static bool IsCritical(int number) => (number & 1) != 0;

    /// <summary>Whether a proxy that does not know the option must not forward the message (section 5.4.2).</summary>
    public static bool IsUnsafe(int number) => (number & 2) != 0;

    /// <summary>Whether the option is not part of what a response is cached by.</summary>
    public static bool IsNoCacheKey(int number) => (number & 0x1E) == 0x1C;

    /// <summary>Whether an option is known and its value as long as it may be. One that is too long or too short is to be treated as one that is not known (section 5.4.3).</summary>
    public static bool IsValid(int number, int length) => (OptionNumber)number switch
    {
        OptionNumber.IfMatch => length <= 8,
        OptionNumber.UriHost => length is >= 1 and <= 255,
        OptionNumber.ETag => length is >= 1 and <= 8,
        OptionNumber.IfNoneMatch => length == 0,
        OptionNumber.Observe => length <= 3,
        OptionNumber.UriPort => length <= 2,
        OptionNumber.LocationPath => length <= 255,
        OptionNumber.UriPath => length <= 255,
        OptionNumber.ContentFormat => length <= 2,
        OptionNumber.MaxAge => length <= 4,
        OptionNumber.UriQuery => length <= 255,
        OptionNumber.Accept => length <= 2,
        OptionNumber.LocationQuery => length <= 255,
        OptionNumber.Block2 => length <= 3,
        OptionNumber.Block1 => length <= 3,
        OptionNumber.Size2 => length <= 4,
        OptionNumber.ProxyUri => length is >= 1 and <= 1034,
        OptionNumber.ProxyScheme => length is >= 1 and <= 255,
        OptionNumber.Size1 => length <= 4,
        OptionNumber.Echo => length is >= 1 and <= 40,
        OptionNumber.NoResponse => length <= 1,
        OptionNumber.RequestTag => length <= 8,
        _ => false,
    };

    /// <summary>Whether an option may come more than once; what comes once too often is to be treated as not known (section 5.4.5).</summary>
    public static bool IsRepeatable(int number) => (OptionNumber)number is
        OptionNumber.IfMatch or OptionNumber.ETag or OptionNumber.LocationPath or OptionNumber.UriPath or OptionNumber.UriQuery or OptionNumber.LocationQuery or OptionNumber.RequestTag;
}
