namespace IoTStream.Coap;

/// <summary>A key that a client and a server know, and the name by which the client says which one it is.</summary>
/// <param name="Identity">The name; at most 128 bytes of UTF-8.</param>
/// <param name="Key">The key; from 1 to 256 bytes, of which 16 random ones are as many as CoAP's ciphers are strong.</param>
public sealed record CoapPreSharedKey(string Identity, ReadOnlyMemory<byte> Key)
{
    private const int LongestIdentity = 128;

    internal const int LongestKey = 256;

    /// <summary>Without the key, so that it does not get into logs.</summary>
    public override string ToString() => $"{nameof(CoapPreSharedKey)} {Identity}";

    internal void Validate()
    {
        OptionCheck.That(
            !string.IsNullOrEmpty(Identity) && !Identity.Contains('\0', StringComparison.Ordinal) && System.Text.Encoding.UTF8.GetByteCount(Identity) <= LongestIdentity,
            nameof(Identity),
            $"has to have from 1 to {LongestIdentity} bytes, without zeros");
        OptionCheck.That(Key.Length is >= 1 and <= LongestKey, nameof(Key), $"has to have from 1 to {LongestKey} bytes");
    }
}
