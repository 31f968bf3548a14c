using System.Text;

namespace IoTStream.Tool;

/// <summary>How bytes are shown.</summary>
internal enum BytesFormat
{
    /// <summary>As hexadecimal digits.</summary>
    Hex,

    /// <summary>As UTF-8; what is none, and control characters, are shown as <c>\xNN</c>.</summary>
    Text,
}

/// <summary>Shows bytes.</summary>
internal static class BytesFormats
{
    public static string Show(this BytesFormat format, ReadOnlySpan<byte> bytes)
    {
        if (format == BytesFormat.Hex)
        {
            return Convert.ToHexStringLower(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            System.Buffers.OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int count);
            if (status == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune) && rune.Value != '\\')
            {
                text.Append(rune);
            }
            else
            {
                foreach (byte escaped in bytes[..count])
                {
                    text.Append("\\x").Append(escaped.ToString("x2"));
                }
            }

            bytes = bytes[count..];
        }

        return text.ToString();
    }
}
