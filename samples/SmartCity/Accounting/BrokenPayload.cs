using System.Buffers.Text;

namespace SmartCity.Accounting;

/// <summary>Finds out who sent a payload that does not decode: the two numbers at its beginning are mostly still legible.</summary>
internal static class BrokenPayload
{
    private static ReadOnlySpan<byte> Sensor => "{\"sensor\":"u8;

    private static ReadOnlySpan<byte> Sequence => ",\"sequence\":"u8;

    public static bool TryReadNumber(ReadOnlySpan<byte> payload, out int sensor, out long sequence)
    {
        if (payload.StartsWith(Sensor)
            && Utf8Parser.TryParse(payload[Sensor.Length..], out sensor, out int length)
            && payload[(Sensor.Length + length)..].StartsWith(Sequence)
            && Utf8Parser.TryParse(payload[(Sensor.Length + length + Sequence.Length)..], out sequence, out _))
        {
            return true;
        }

        (sensor, sequence) = (-1, -1);
        return false;
    }
}
