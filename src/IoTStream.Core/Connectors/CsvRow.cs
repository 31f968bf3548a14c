using System.Globalization;
using System.Text;

namespace IoTStream.Connectors;

/// <summary>
/// A row of a CSV file. Fields are read by column name or index, always in the invariant culture (a decimal point, no thousands separators).
/// </summary>
/// <remarks>
/// Valid only during the call that passes it. What a getter throws makes a dead letter of the row, except for a column name that the
/// header lacks: that ends the job with a <see cref="CsvHeaderException"/>.
/// </remarks>
public readonly ref struct CsvRow
{
    private const int LongestTime = 64;
    private const DateTimeStyles AllowSpaces = DateTimeStyles.AllowLeadingWhite | DateTimeStyles.AllowTrailingWhite;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] Iso8601 =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd",
    ];

    private readonly CsvFields _fields;
    private readonly CsvHeader? _header;
    private readonly string _path;

    internal CsvRow(CsvFields fields, CsvHeader? header, string path)
    {
        _fields = fields;
        _header = header;
        _path = path;
    }

    /// <summary>The number of fields.</summary>
    public int Count => _fields.Count;

    /// <summary>The field's bytes in UTF-8, without enclosing quotes; valid as long as the row.</summary>
    /// <param name="column">The column's name or index.</param>
    /// <exception cref="FormatException">The row has no field of that index.</exception>
    /// <exception cref="CsvHeaderException">The file has no column of that name, or several.</exception>
    public ReadOnlySpan<byte> Utf8(CsvColumn column)
    {
        int index = column.Name is null ? column.Index : IndexOf(column.Name);
        return index < _fields.Count
            ? _fields[index]
            : throw new FormatException($"The row has {_fields.Count} fields, so there is no {column}.");
    }

    /// <summary>Whether the field has no characters.</summary>
    /// <param name="column">The column's name or index.</param>
    public bool IsEmpty(CsvColumn column) => Utf8(column).IsEmpty;

    /// <summary>The field as text.</summary>
    /// <param name="column">The column's name or index.</param>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public string Text(CsvColumn column) => StrictUtf8.GetString(Utf8(column));

    /// <summary>The field as a floating-point number.</summary>
    /// <param name="column">The column's name or index.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public double Double(CsvColumn column) =>
        double.TryParse(Utf8(column), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw No("number", column);

    /// <summary>The field as a decimal number.</summary>
    /// <param name="column">The column's name or index.</param>
    /// <exception cref="FormatException">It is none, or out of range.</exception>
    public decimal Decimal(CsvColumn column) =>
        decimal.TryParse(Utf8(column), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value)
            ? value
            : throw No("decimal number", column);

    /// <summary>The field as an integer of 32 bits.</summary>
    /// <param name="column">The column's name or index.</param>
    /// <exception cref="FormatException">It is none, or out of range.</exception>
    public int Int32(CsvColumn column) =>
        int.TryParse(Utf8(column), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw No("integer of 32 bits", column);

    /// <summary>The field as an integer of 64 bits.</summary>
    /// <param name="column">The column's name or index.</param>
    /// <exception cref="FormatException">It is none, or out of range.</exception>
    public long Int64(CsvColumn column) =>
        long.TryParse(Utf8(column), NumberStyles.Integer, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw No("integer of 64 bits", column);

    /// <summary>The field as a truth value: true or false in any case, 1 or 0.</summary>
    /// <param name="column">The column's name or index.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public bool Boolean(CsvColumn column)
    {
        ReadOnlySpan<byte> text = Utf8(column);
        bool isTrue = text is [(byte)'1'] || Ascii.EqualsIgnoreCase(text, "true"u8);
        return isTrue || text is [(byte)'0'] || Ascii.EqualsIgnoreCase(text, "false"u8) ? isTrue : throw No("true or false", column);
    }

    /// <summary>The field as a point in time.</summary>
    /// <param name="column">The column's name or index.</param>
    /// <param name="format">
    /// A .NET custom format; by default ISO 8601: a date, then optionally, behind a T or a blank, hours and minutes, seconds, a fraction and a zone.
    /// </param>
    /// <param name="offset">The offset from UTC of a time that does not give its own. Default: none, that is UTC.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public DateTimeOffset DateTimeOffset(CsvColumn column, string? format = null, TimeSpan offset = default)
    {
        ReadOnlySpan<byte> text = Utf8(column);
        Span<char> buffer = stackalloc char[LongestTime];
        if (text.Length > LongestTime)
        {
            throw No("time", column);
        }

        ReadOnlySpan<char> time = buffer[..Encoding.UTF8.GetChars(text, buffer)];
        if (offset != TimeSpan.Zero && TryParseLocal(time, format, out DateTime local))
        {
            return new DateTimeOffset(local, offset);
        }

        const DateTimeStyles Styles = AllowSpaces | DateTimeStyles.AssumeUniversal;
        bool isTime = format is null
            ? System.DateTimeOffset.TryParseExact(time, Iso8601, CultureInfo.InvariantCulture, Styles, out DateTimeOffset value)
            : System.DateTimeOffset.TryParseExact(time, format, CultureInfo.InvariantCulture, Styles, out value);
        return isTime ? value : throw No("time", column);
    }

    /// <summary>The field as a value of any type that can be parsed from UTF-8.</summary>
    /// <param name="column">The column's name or index.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    /// <exception cref="FormatException">It is none.</exception>
    public TValue Value<TValue>(CsvColumn column)
        where TValue : IUtf8SpanParsable<TValue> =>
        TValue.TryParse(Utf8(column), CultureInfo.InvariantCulture, out TValue? value) ? value : throw No(typeof(TValue).Name, column);

    /// <summary>Parses a time, and says whether it leaves its zone open.</summary>
    private static bool TryParseLocal(ReadOnlySpan<char> time, string? format, out DateTime local)
    {
        const DateTimeStyles Styles = AllowSpaces | DateTimeStyles.RoundtripKind;
        bool isTime = format is null
            ? DateTime.TryParseExact(time, Iso8601, CultureInfo.InvariantCulture, Styles, out local)
            : DateTime.TryParseExact(time, format, CultureInfo.InvariantCulture, Styles, out local);
        return isTime && local.Kind == DateTimeKind.Unspecified;
    }

    private int IndexOf(string name) =>
        _header?.IndexOf(name)
        ?? throw new CsvHeaderException(_path, $"It is read without a header, so there is no column '{name}'. Use indexes, or set CsvOptions.HasHeader.");

    private FormatException No(string kind, CsvColumn column) =>
        new($"The {column} holds '{Encoding.UTF8.GetString(Utf8(column))}', which is no {kind}.");
}
