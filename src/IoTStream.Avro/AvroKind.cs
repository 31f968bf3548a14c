namespace IoTStream.Avro;

/// <summary>What a schema describes.</summary>
public enum AvroKind
{
    /// <summary>No value.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>An integer of 32 bits.</summary>
    Int,

    /// <summary>An integer of 64 bits.</summary>
    Long,

    /// <summary>A floating-point number of 32 bits.</summary>
    Float,

    /// <summary>A floating-point number of 64 bits.</summary>
    Double,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Text.</summary>
    String,

    /// <summary>Fields with names.</summary>
    Record,

    /// <summary>One of some symbols.</summary>
    Enum,

    /// <summary>Items of one schema.</summary>
    Array,

    /// <summary>Values of one schema, each with a text as its key.</summary>
    Map,

    /// <summary>A value of one of some schemas.</summary>
    Union,

    /// <summary>As many bytes as the schema says.</summary>
    Fixed,
}
