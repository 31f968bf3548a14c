using System.Text;

namespace IoTStream.Avro;

/// <summary>A schema of Apache Avro 1.12: what values are, and how they lie in bytes.</summary>
/// <remarks>Immutable; thread-safe. Named schemas may contain themselves.</remarks>
public abstract class AvroSchema
{
    private string? _canonicalForm;
    private string? _text;

    private protected AvroSchema()
    {
    }

    /// <summary>What it describes.</summary>
    public abstract AvroKind Kind { get; }

    /// <summary>What its values mean beyond their kind.</summary>
    public AvroLogicalType LogicalType { get; internal set; }

    /// <summary>How many digits a decimal has at most; 0 for all else.</summary>
    public int Precision { get; internal set; }

    /// <summary>How many digits of a decimal are behind the point.</summary>
    public int Scale { get; internal set; }

    /// <summary>The Parsing Canonical Form: what is left when all is removed that does not matter for reading data.</summary>
    public string CanonicalForm => _canonicalForm ??= CanonicalFormWriter.Write(this);

    /// <summary>The CRC-64-AVRO of the canonical form: it identifies a schema among some thousands, and says nothing about who made it.</summary>
    public ulong Fingerprint => Crc64Avro.Of(Encoding.UTF8.GetBytes(CanonicalForm));

    /// <summary>Reads a schema in JSON.</summary>
    /// <param name="json">The schema; the name of a primitive type without quotation marks will do, too.</param>
    /// <param name="references">Schemas whose names it may use, in any order; what is in them counts too.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="AvroSchemaException">It is not valid; the message says where and why.</exception>
    public static AvroSchema Parse(string json, IEnumerable<AvroSchema>? references = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        AvroSchema schema = SchemaParser.Parse(json, references ?? []);

        // Attributes that mean nothing to this library are kept for others.
        schema._text ??= json;
        return schema;
    }

    /// <summary>The MD5 of the canonical form, 16 bytes.</summary>
    public byte[] Md5Fingerprint() =>
#pragma warning disable CA5351 // It names a schema, as the specification has it, and protects nothing.
        System.Security.Cryptography.MD5.HashData(Encoding.UTF8.GetBytes(CanonicalForm));
#pragma warning restore CA5351

    /// <summary>The SHA-256 of the canonical form, 32 bytes.</summary>
    public byte[] Sha256Fingerprint() => System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalForm));

    /// <summary>The schema in JSON: as it was read, if it was, and with everything it refers to if not.</summary>
    public string ToJson() => _text ??= SchemaWriter.Write(this);

    /// <summary>The name of a named schema, of others their kind.</summary>
    public override string ToString() => Kind.ToString().ToLowerInvariant();
}
