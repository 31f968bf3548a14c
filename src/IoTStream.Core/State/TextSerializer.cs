using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace IoTStream.State;

/// <summary>Text as UTF-8, or null. What UTF-8 has no bytes for, halves of surrogate pairs, is kept as it lies in memory: two texts that differ stay different.</summary>
internal sealed class TextSerializer : StateSerializer<string?>
{
    private const byte Null = 0;
    private const byte Utf8Text = 1;
    private const byte Utf16Text = 2;

    public override string Format => "text";

    public override void Write(StateWriter writer, string? value)
    {
        if (value is null)
        {
            writer.Write(Null);
        }
        else if (value.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') && !HasUtf8(value))
        {
            writer.Write(Utf16Text);
            writer.WriteBytes(MemoryMarshal.AsBytes(value.AsSpan()));
        }
        else
        {
            writer.Write(Utf8Text);
            writer.WriteText(value);
        }
    }

    public override string? Read(ref StateReader reader) => reader.Read<byte>() switch
    {
        Null => null,
        Utf8Text => reader.ReadText(),
        Utf16Text => new string(MemoryMarshal.Cast<byte, char>(reader.ReadBytes())),
        byte kind => throw new InvalidDataException($"There is no text of kind {kind}."),
    };

    private static bool HasUtf8(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[256];
        while (!text.IsEmpty)
        {
            var status = Utf8.FromUtf16(text, bytes, out int read, out _, replaceInvalidSequences: false);
            if (status == System.Buffers.OperationStatus.InvalidData)
            {
                return false;
            }

            text = text[read..];
        }

        return true;
    }
}
