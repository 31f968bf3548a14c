using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace IoTStream.Storage.InfluxDb;

/// <summary>Writes points in InfluxDB's line protocol, a line each, one after the other into a buffer.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class LineWriter
{
    // What is written with a backslash before it; in text of fields these are quotes and backslashes.
    private static readonly SearchValues<char> InMeasurements = SearchValues.Create(", ");
    private static readonly SearchValues<char> InKeysAndTags = SearchValues.Create(",= ");
    private static readonly SearchValues<char> InText = SearchValues.Create("\"\\");

    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private readonly ArrayBufferWriter<byte> _line = new(256);
    private bool _hasField;

    public ReadOnlyMemory<byte> Lines => _lines.WrittenMemory;

    /// <summary>How many lines there are.</summary>
    public int Count { get; private set; }

    /// <exception cref="ArgumentException">Something cannot be the name of a measurement, tag or field.</exception>
    public static void CheckName(string name, string parameter)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name, parameter);
        if (!CanBeEscaped(name))
        {
            throw new ArgumentException($"'{name}' cannot be a name in InfluxDB: it has a line break, or ends with a backslash.", parameter);
        }
    }

    public void Clear()
    {
        _lines.ResetWrittenCount();
        Count = 0;
    }

    public void Begin(string measurement)
    {
        _line.ResetWrittenCount();
        _hasField = false;
        Escape(string.IsNullOrEmpty(measurement) ? throw new InfluxDbException("A point has no measurement.") : measurement, InMeasurements);
    }

    public void Tag(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _line.Write(","u8);
            Escape(name, InKeysAndTags);
            _line.Write("="u8);
            Escape(value, InKeysAndTags);
        }
    }

    public void Field(string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            BeginField(name);
            Span<byte> text = _line.GetSpan(32);
            Utf8Formatter.TryFormat(number, text, out int length);
            _line.Advance(length);
        }
    }

    public void Field(string name, long? value)
    {
        if (value is { } number)
        {
            BeginField(name);
            AppendWhole(number);
            _line.Write("i"u8);
        }
    }

    public void Field(string name, bool? value)
    {
        if (value is { } flag)
        {
            BeginField(name);
            _line.Write(flag ? "t"u8 : "f"u8);
        }
    }

    public void Field(string name, string? value)
    {
        if (value is not null)
        {
            BeginField(name);
            _line.Write("\""u8);
            Append(value, InText);
            _line.Write("\""u8);
        }
    }

    /// <summary>Ends the line with its timestamp, and keeps it if it has a field.</summary>
    /// <param name="ticks">UTC ticks.</param>
    /// <exception cref="InfluxDbException">The timestamp is none that InfluxDB knows: they go from 1677 to 2262.</exception>
    public bool End(long ticks)
    {
        if (!_hasField)
        {
            return false;
        }

        long sinceEpoch = ticks - DateTime.UnixEpoch.Ticks;
        if (Math.Abs(sinceEpoch) > long.MaxValue / TimeSpan.NanosecondsPerTick)
        {
            throw new InfluxDbException($"InfluxDB has no timestamp {new DateTimeOffset(ticks, TimeSpan.Zero).ToString("O", CultureInfo.InvariantCulture)}: they go from 1677 to 2262.");
        }

        _line.Write(" "u8);
        AppendWhole(sinceEpoch * TimeSpan.NanosecondsPerTick);
        _line.Write("\n"u8);
        _lines.Write(_line.WrittenSpan);
        Count++;
        return true;
    }

    private static bool CanBeEscaped(ReadOnlySpan<char> text) => !text.ContainsAny('\n', '\r') && !text.EndsWith('\\');

    private void BeginField(string name)
    {
        _line.Write(_hasField ? ","u8 : " "u8);
        _hasField = true;
        Escape(name, InKeysAndTags);
        _line.Write("="u8);
    }

    private void AppendWhole(long number)
    {
        Span<byte> text = _line.GetSpan(20);
        Utf8Formatter.TryFormat(number, text, out int length);
        _line.Advance(length);
    }

    private void Escape(string text, SearchValues<char> special)
    {
        if (!CanBeEscaped(text))
        {
            throw new InfluxDbException($"'{text}' cannot be a measurement or tag in InfluxDB: it has a line break, or ends with a backslash.");
        }

        Append(text, special);
    }

    private void Append(ReadOnlySpan<char> text, SearchValues<char> special)
    {
        for (int next = text.IndexOfAny(special); next >= 0; next = text.IndexOfAny(special))
        {
            Encoding.UTF8.GetBytes(text[..next], _line);
            _line.Write("\\"u8);
            Encoding.UTF8.GetBytes(text.Slice(next, 1), _line);
            text = text[(next + 1)..];
        }

        Encoding.UTF8.GetBytes(text, _line);
    }
}
