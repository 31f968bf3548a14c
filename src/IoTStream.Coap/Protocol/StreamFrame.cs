using System.Buffers.Binary;

namespace IoTStream.Coap.Protocol;

/// <summary>How messages lie in a connection: the length of what is behind the token, then the code and the token (RFC 8323, section 3.2).</summary>
internal static class StreamFrame
{
    /// <summary>The longest head: the nibbles, four bytes of length, the code and the token.</summary>
    public const int LongestHead = 1 + sizeof(uint) + 1 + Token.MaximumLength;

    private const int OneByte = 13;
    private const int TwoBytes = 269;
    private const int FourBytes = 65_805;

    /// <summary>Reads the head of a message.</summary>
    /// <param name="buffer">What has come.</param>
    /// <param name="head">How long the head is, with the token; 0 if more of it has to come.</param>
    /// <param name="tokenLength">How long the token is.</param>
    /// <param name="body">How many bytes come behind the token.</param>
    /// <param name="code">The code.</param>
    /// <returns>False if it is malformed: the connection is to be given up.</returns>
    public static bool TryReadHead(ReadOnlySpan<byte> buffer, out int head, out int tokenLength, out long body, out CoapCode code)
    {
        head = 0;
        body = 0;
        tokenLength = 0;
        code = CoapCode.Empty;
        if (buffer.IsEmpty)
        {
            return true;
        }

        int nibble = buffer[0] >> 4;
        tokenLength = buffer[0] & 0xF;
        if (tokenLength > Token.MaximumLength)
        {
            return false;
        }

        int extended = nibble switch { 13 => 1, 14 => 2, 15 => 4, _ => 0 };
        if (buffer.Length < 1 + extended + 1 + tokenLength)
        {
            return true;
        }

        body = nibble switch
        {
            13 => buffer[1] + OneByte,
            14 => BinaryPrimitives.ReadUInt16BigEndian(buffer[1..]) + TwoBytes,
            15 => (long)BinaryPrimitives.ReadUInt32BigEndian(buffer[1..]) + FourBytes,
            _ => nibble,
        };
        code = (CoapCode)buffer[1 + extended];
        head = 1 + extended + 1 + tokenLength;
        return true;
    }

    /// <summary>Writes the head of a message.</summary>
    /// <returns>How many bytes it takes.</returns>
    public static int WriteHead(Span<byte> buffer, CoapCode code, Token token, int body)
    {
        int next = 1;
        int nibble;
        switch (body)
        {
            case < OneByte:
                nibble = body;
                break;
            case < TwoBytes:
                nibble = 13;
                buffer[next++] = (byte)(body - OneByte);
                break;
            case < FourBytes:
                nibble = 14;
                BinaryPrimitives.WriteUInt16BigEndian(buffer[next..], (ushort)(body - TwoBytes));
                next += sizeof(ushort);
                break;
            default:
                nibble = 15;
                BinaryPrimitives.WriteUInt32BigEndian(buffer[next..], (uint)(body - FourBytes));
                next += sizeof(uint);
                break;
        }

        buffer[0] = (byte)((nibble << 4) | token.Length);
        buffer[next++] = (byte)code;
        token.CopyTo(buffer[next..]);
        return next + token.Length;
    }
}
