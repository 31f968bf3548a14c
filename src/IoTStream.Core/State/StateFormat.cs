using System.Globalization;
using System.Text;

namespace IoTStream.State;

/// <summary>Formats that consist of others. Each part stands behind its length, so that it is found again whatever is in it.</summary>
internal static class StateFormat
{
    public static string Of(params ReadOnlySpan<string> parts)
    {
        var format = new StringBuilder();
        foreach (string part in parts)
        {
            format.Append(CultureInfo.InvariantCulture, $"{(format.Length > 0 ? " " : "")}{part.Length}:{part}");
        }

        return format.ToString();
    }

    /// <summary>The parts of a format.</summary>
    /// <returns>Null if it does not consist of parts.</returns>
    public static string[]? PartsOf(string format)
    {
        List<string> parts = [];
        int at = 0;
        while (at < format.Length)
        {
            int colon = format.IndexOf(':', at);
            if (colon < 0 || !int.TryParse(format.AsSpan(at, colon - at), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length > format.Length - colon - 1)
            {
                return null;
            }

            parts.Add(format.Substring(colon + 1, length));
            at = colon + 1 + length;
            if (at < format.Length && format[at++] != ' ')
            {
                return null;
            }
        }

        return [.. parts];
    }
}
