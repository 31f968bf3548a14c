namespace IoTStream.State;

/// <summary>The formats of values that consist of others: a word and, in parentheses, the formats of the parts.</summary>
internal static class FormatParts
{
    public static string Join(string word, params ReadOnlySpan<string> parts) => $"{word}({string.Join("; ", parts)})";

    /// <summary>The formats of the parts, if a format is of that word and has so many of them.</summary>
    /// <returns>Null if it is not.</returns>
    public static string[]? Split(string format, string word, int count)
    {
        if (!format.StartsWith(word, StringComparison.Ordinal) || format.Length < word.Length + 2 || format[word.Length] != '(' || format[^1] != ')')
        {
            return null;
        }

        List<string> parts = Divide(format.AsSpan(word.Length + 1, format.Length - word.Length - 2), ';');
        return parts.Count == count ? [.. parts] : null;
    }

    /// <summary>Divides text where a separator is outside of all parentheses and braces.</summary>
    public static List<string> Divide(ReadOnlySpan<char> text, char separator)
    {
        var parts = new List<string>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char next = text[i];
            if (next is '(' or '{')
            {
                depth++;
            }
            else if (next is ')' or '}')
            {
                depth--;
            }
            else if (next == separator && depth == 0)
            {
                parts.Add(text[start..i].Trim().ToString());
                start = i + 1;
            }
        }

        parts.Add(text[start..].Trim().ToString());
        return parts;
    }
}
