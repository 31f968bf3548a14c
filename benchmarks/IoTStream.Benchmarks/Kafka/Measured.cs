using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Kafka;

/// <summary>What a message of 100 bytes holds: a device, a value, and filling.</summary>
internal readonly record struct Measured(long Device, double Value)
{
    public const int Size = 100;

    public static Measured Read(ReadOnlySpan<byte> message) => new(BinaryPrimitives.ReadInt64LittleEndian(message), BinaryPrimitives.ReadDoubleLittleEndian(message[8..]));

    public void Write(Span<byte> message)
    {
        BinaryPrimitives.WriteInt64LittleEndian(message, Device);
        BinaryPrimitives.WriteDoubleLittleEndian(message[8..], Value);
    }

    /// <summary>W1: whether it is kept.</summary>
    public bool IsKept => Value > 0.1;

    /// <summary>W1: in Fahrenheit.</summary>
    public Measured InFahrenheit => this with { Value = (Value * 1.8) + 32 };

    public sealed class Codec : ICodec<Measured>
    {
        public Measured Decode(in ReadOnlySequence<byte> payload) => Read(payload.FirstSpan);

        public void Encode(Measured value, IBufferWriter<byte> output)
        {
            Span<byte> message = output.GetSpan(Size)[..Size];
            message.Clear();
            value.Write(message);
            output.Advance(Size);
        }
    }
}
