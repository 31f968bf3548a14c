using System.Buffers.Binary;

namespace IoTStream.Log;

/// <summary>What an epoch begins with.</summary>
/// <param name="Epoch">Its number, from 1; also the sequence number of its frame.</param>
/// <param name="Time">When it was cut, in UTC ticks.</param>
/// <param name="TurnStart">The epoch with which the turn of the rolling snapshot began that this epoch's share belongs to.</param>
/// <param name="CompletesTurn">
/// Whether the shares since <paramref name="TurnStart"/> hold, together with the changes since then, all of the state.
/// </param>
/// <param name="Base">The epoch from which on replaying gives all of the state as of this one.</param>
internal readonly record struct EpochHeader(long Epoch, long Time, long TurnStart, bool CompletesTurn, long Base)
{
    public const int Size = 40;

    public void WriteTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Time);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], TurnStart);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], Base);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], CompletesTurn ? 1 : 0);
    }

    public static EpochHeader Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]) != 0,
        BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]));
}
