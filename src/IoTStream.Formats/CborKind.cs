namespace IoTStream.Formats;

/// <summary>What a CBOR data item is (RFC 8949, section 3).</summary>
public enum CborKind
{
    /// <summary>An integer from 0 to 2^64 - 1.</summary>
    UnsignedInteger,

    /// <summary>An integer from -2^64 to -1.</summary>
    NegativeInteger,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Text in UTF-8.</summary>
    Text,

    /// <summary>Items one after the other.</summary>
    Array,

    /// <summary>Pairs of items: keys and values.</summary>
    Map,

    /// <summary>A number that says what the item after it means.</summary>
    Tag,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>Null.</summary>
    Null,

    /// <summary>Undefined.</summary>
    Undefined,

    /// <summary>A number in floating point, of 16, 32 or 64 bits.</summary>
    Float,

    /// <summary>A simple value to which no meaning is assigned.</summary>
    Simple,

    /// <summary>The end of an array or a map whose length was not said before.</summary>
    Break,
}
