using System.Buffers.Binary;
using System.Text;

namespace IoTStream.Coap.Protocol;

/// <summary>Writes a message into a buffer: the header, then options by ascending numbers, then the payload.</summary>
internal ref struct MessageWriter
{
    private const int LongestOptionHead = 5;

    private readonly Span<byte> _buffer;
    private int _number;

    /// <summary>Begins a datagram.</summary>
    /// <exception cref="ArgumentException">The buffer is too small; thrown by each method.</exception>
    public MessageWriter(Span<byte> buffer, MessageType type, CoapCode code, ushort id, Token token)
    {
        _buffer = buffer;
        buffer[0] = (byte)((1 << 6) | ((int)type << 4) | token.Length);
        buffer[1] = (byte)code;
        BinaryPrimitives.WriteUInt16BigEndian(buffer[2..], id);
        token.CopyTo(buffer[Message.HeaderSize..]);
        Length = Message.HeaderSize + token.Length;
    }

    /// <summary>Begins what is behind the token.</summary>
    public MessageWriter(Span<byte> buffer) => _buffer = buffer;

    /// <summary>How many bytes have been written.</summary>
    public int Length { get; private set; }

    public void Write(OptionNumber option, scoped ReadOnlySpan<byte> value)
    {
        int delta = (int)option - _number;
        ArgumentOutOfRangeException.ThrowIfNegative(delta, nameof(option));
        if (_buffer.Length - Length < LongestOptionHead + value.Length)
        {
            throw new ArgumentException("The message does not fit into a datagram.", nameof(value));
        }

        Span<byte> head = _buffer[Length..];
        int next = 1;
        int first = Extend(delta, head, ref next) << 4;
        head[0] = (byte)(first | Extend(value.Length, head, ref next));
        value.CopyTo(head[next..]);
        Length += next + value.Length;
        _number = (int)option;
    }

    public void Write(OptionNumber option, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bytes = bytes[..UnsignedInteger.LengthOf(value)];
        UnsignedInteger.Write(bytes, value);
        Write(option, bytes);
    }

    public void Write(OptionNumber option, Block block) => Write(option, block.ToBits());

    public void Write(OptionNumber option, string text)
    {
        if (text.Length > 85)
        {
            Write(option, (ReadOnlySpan<byte>)Encoding.UTF8.GetBytes(text));
            return;
        }

        Span<byte> bytes = stackalloc byte[255];
        Write(option, (ReadOnlySpan<byte>)bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }

    public void WritePayload(scoped ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return;
        }

        if (_buffer.Length - Length <= payload.Length)
        {
            throw new ArgumentException("The message does not fit into a datagram.", nameof(payload));
        }

        _buffer[Length] = 0xFF;
        payload.CopyTo(_buffer[(Length + 1)..]);
        Length += payload.Length + 1;
    }

    private static int Extend(int value, Span<byte> head, ref int next)
    {
        switch (value)
        {
            case < 13:
                return value;
            case < 269:
                head[next++] = (byte)(value - 13);
                return 13;
            default:
                BinaryPrimitives.WriteUInt16BigEndian(head[next..], checked((ushort)(value - 269)));
                next += sizeof(ushort);
                return 14;
        }
    }
}
