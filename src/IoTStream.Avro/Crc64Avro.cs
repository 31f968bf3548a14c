namespace IoTStream.Avro;

/// <summary>The fingerprint CRC-64-AVRO: a Rabin fingerprint of 64 bits.</summary>
internal static class Crc64Avro
{
    private const ulong Empty = 0xC15D213AA4D7A795;
    private static readonly ulong[] Table = CreateTable();

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ulong fingerprint = Empty;
        foreach (byte value in bytes)
        {
            fingerprint = (fingerprint >> 8) ^ Table[(byte)(fingerprint ^ value)];
        }

        return fingerprint;
    }

    private static ulong[] CreateTable()
    {
        var table = new ulong[256];
        for (int i = 0; i < table.Length; i++)
        {
            ulong fingerprint = (ulong)i;
            for (int bit = 0; bit < 8; bit++)
            {
                fingerprint = (fingerprint >> 1) ^ ((fingerprint & 1) == 0 ? 0 : Empty);
            }

            table[i] = fingerprint;
        }

        return table;
    }
}
