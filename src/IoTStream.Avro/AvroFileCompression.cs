namespace IoTStream.Avro;

/// <summary>How the blocks of an object container file are compressed.</summary>
public enum AvroFileCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>With deflate (RFC 1951).</summary>
    Deflate,
}
