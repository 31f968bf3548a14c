using System.Numerics;

namespace IoTStream.State;

/// <summary>An integer of any size.</summary>
internal sealed class BigIntegerSerializer : StateSerializer<BigInteger>
{
    public override string Format => "integer";

    public override void Write(StateWriter writer, BigInteger value)
    {
        int count = value.GetByteCount();
        writer.WriteCount(count);
        value.TryWriteBytes(writer.GetSpan(count), out _);
        writer.Advance(count);
    }

    public override BigInteger Read(ref StateReader reader) => new(reader.ReadBytes());
}
