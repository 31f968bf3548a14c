using System.Text;

namespace IoTStream.Log;

/// <summary>Bytes preceded by their length.</summary>
internal static class Bytes
{
    public static void Write(ByteChunks target, ReadOnlySpan<byte> bytes)
    {
        target.Advance(Length.Write(target.GetSpan(Length.MaxSize), (uint)bytes.Length));
        target.Append(bytes);
    }

    public static void Write(ByteChunks target, string text)
    {
        int count = Encoding.UTF8.GetByteCount(text);
        Span<byte> room = target.GetSpan(Length.MaxSize + count);
        int at = Length.Write(room, (uint)count);
        target.Advance(at + Encoding.UTF8.GetBytes(text, room[at..]));
    }

    /// <exception cref="ArgumentException">There are fewer bytes than their length says.</exception>
    /// <exception cref="InvalidDataException">There is no length.</exception>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> source, ref int at)
    {
        int length = (int)Length.Read(source, ref at);
        ReadOnlySpan<byte> bytes = source.Slice(at, length);
        at += length;
        return bytes;
    }
}
