using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace IoTStream.Avro;

/// <summary>Writes what Avro's values are made of. What was written is in the output after <see cref="Flush"/>.</summary>
internal ref struct AvroWriter
{
    private const int LongestInteger = 10;
    private const int Chunk = 256;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly IBufferWriter<byte> _output;
    private Span<byte> _span;
    private int _position;
    private int _depth;

    public AvroWriter(IBufferWriter<byte> output)
    {
        _output = output;
        _span = output.GetSpan(Chunk);
    }

    public void WriteBoolean(bool value)
    {
        Reserve(1);
        _span[_position++] = value ? (byte)1 : (byte)0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt64(long value)
    {
        ulong zigzag = (ulong)(value << 1) ^ (ulong)(value >> 63);
        Reserve(LongestInteger);
        if (zigzag < 0x80)
        {
            _span[_position++] = (byte)zigzag;
            return;
        }

        WriteLong(zigzag);
    }

    public void WriteSingle(float value)
    {
        Reserve(sizeof(float));
        BinaryPrimitives.WriteSingleLittleEndian(_span[_position..], value);
        _position += sizeof(float);
    }

    public void WriteDouble(double value)
    {
        Reserve(sizeof(double));
        BinaryPrimitives.WriteDoubleLittleEndian(_span[_position..], value);
        _position += sizeof(double);
    }

    public void WriteText(scoped ReadOnlySpan<char> value)
    {
        int length;
        try
        {
            length = StrictUtf8.GetByteCount(value);
        }
        catch (EncoderFallbackException half)
        {
            throw new AvroException("The text has half of a surrogate pair, which no UTF-8 can be made of.", half);
        }

        WriteInt64(length);
        Reserve(length);
        _position += StrictUtf8.GetBytes(value, _span[_position..]);
    }

    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        WriteInt64(value.Length);
        WriteFixed(value);
    }

    public void WriteFixed(scoped ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_span[_position..]);
        _position += value.Length;
    }

    public void Enter()
    {
        if (++_depth > AvroReader.MaxDepth)
        {
            throw new AvroException($"Records are nested more than {AvroReader.MaxDepth} deep, or in a circle.");
        }
    }

    public void Leave() => _depth--;

    public void Flush()
    {
        _output.Advance(_position);
        _span = default;
        _position = 0;
    }

    private void WriteLong(ulong zigzag)
    {
        Span<byte> span = _span;
        int position = _position;
        while (zigzag >= 0x80)
        {
            span[position++] = (byte)(zigzag | 0x80);
            zigzag >>= 7;
        }

        span[position++] = (byte)zigzag;
        _position = position;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int count)
    {
        if (count > _span.Length - _position)
        {
            Grow(count);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count)
    {
        _output.Advance(_position);
        _span = _output.GetSpan(Math.Max(count, Chunk));
        _position = 0;
    }
}
