namespace IoTStream.Connectors;

/// <summary>
/// A row split into its fields, after RFC 4180, section 2: a field may be enclosed in quotes and then hold separators, line breaks and
/// quotes, these doubled; one that is not enclosed holds no quotes. Reused from row to row.
/// </summary>
internal sealed class CsvFields(byte separator)
{
    private const byte Quote = (byte)'"';

    private Field[] _fields = new Field[16];
    private ReadOnlyMemory<byte> _row;
    private byte[] _unescaped = [];
    private int _unescapedLength;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            Field field = _fields[index];
            return (field.IsUnescaped ? _unescaped : _row.Span).Slice(field.Start, field.Length);
        }
    }

    /// <summary>Finds the line feed that ends the first row, which is not one inside quotes.</summary>
    /// <returns>Its index, or -1 if it is not there.</returns>
    public static int FindEnd(ReadOnlySpan<byte> text, byte separator)
    {
        int i = 0;
        while (true)
        {
            int hit = text[i..].IndexOfAny(Quote, (byte)'\n');
            if (hit < 0 || text[i + hit] == (byte)'\n')
            {
                return hit < 0 ? -1 : i + hit;
            }

            int quote = i + hit;
            bool opens = quote == 0 || text[quote - 1] == separator;
            int close = opens ? FindClosingQuote(text, quote + 1, out _) : quote;
            if (close < 0)
            {
                return -1;
            }

            i = close + 1;
            bool isClosed = opens && (i == text.Length || text[i] == separator || text[i] is (byte)'\r' or (byte)'\n');
            if (!isClosed)
            {
                // Quotes mean nothing any more in a row that breaks their rules: it ends with its line, and the next row is read as usual.
                int end = text[i..].IndexOf((byte)'\n');
                return end < 0 ? -1 : i + end;
            }
        }
    }

    /// <summary>Splits a row.</summary>
    /// <param name="row">The row without its line end; kept until the next call.</param>
    /// <exception cref="FormatException">It breaks the rules.</exception>
    public void Split(ReadOnlyMemory<byte> row)
    {
        _row = row;
        _unescapedLength = 0;
        Count = 0;
        ReadOnlySpan<byte> text = row.Span;
        int next = 0;
        while (next >= 0)
        {
            next = next < text.Length && text[next] == Quote ? AddQuoted(text, next + 1) : AddPlain(text, next);
        }
    }

    /// <summary>The index of the quote that closes a field, or -1; a doubled one does not.</summary>
    private static int FindClosingQuote(ReadOnlySpan<byte> text, int start, out bool hasDoubled)
    {
        hasDoubled = false;
        while (true)
        {
            int hit = text[start..].IndexOf(Quote);
            if (hit < 0)
            {
                return -1;
            }

            int quote = start + hit;
            if (quote + 1 == text.Length || text[quote + 1] != Quote)
            {
                return quote;
            }

            hasDoubled = true;
            start = quote + 2;
        }
    }

    /// <summary>Adds a field without quotes.</summary>
    /// <returns>Where the next field starts, or -1 if there is none.</returns>
    private int AddPlain(ReadOnlySpan<byte> text, int start)
    {
        int length = text[start..].IndexOfAny(separator, Quote);
        if (length < 0)
        {
            Add(new Field(start, text.Length - start, IsUnescaped: false));
            return -1;
        }

        if (text[start + length] == Quote)
        {
            throw new FormatException($"Field {Count} holds a quote without being enclosed in quotes.");
        }

        Add(new Field(start, length, IsUnescaped: false));
        return start + length + 1;
    }

    private int AddQuoted(ReadOnlySpan<byte> text, int start)
    {
        int close = FindClosingQuote(text, start, out bool hasDoubled);
        if (close < 0)
        {
            throw new FormatException($"The quote that opens field {Count} is never closed.");
        }

        int next = close + 1;
        if (next < text.Length && text[next] != separator)
        {
            throw new FormatException($"Field {Count} goes on after its closing quote.");
        }

        Add(hasDoubled ? Unescape(text[start..close]) : new Field(start, close - start, IsUnescaped: false));
        return next < text.Length ? next + 1 : -1;
    }

    private Field Unescape(ReadOnlySpan<byte> escaped)
    {
        if (_unescaped.Length < _row.Length)
        {
            // Grown once a row at most, as all fields together are shorter than the row.
            Array.Resize(ref _unescaped, _row.Length);
        }

        int start = _unescapedLength;
        for (int i = 0; i < escaped.Length; i++)
        {
            _unescaped[_unescapedLength++] = escaped[i];
            if (escaped[i] == Quote)
            {
                i++;
            }
        }

        return new Field(start, _unescapedLength - start, IsUnescaped: true);
    }

    private void Add(Field field)
    {
        if (Count == _fields.Length)
        {
            Array.Resize(ref _fields, 2 * Count);
        }

        _fields[Count++] = field;
    }

    private readonly record struct Field(int Start, int Length, bool IsUnescaped);
}
