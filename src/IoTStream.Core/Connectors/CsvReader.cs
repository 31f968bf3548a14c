using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Connectors;

/// <summary>Reads one CSV file.</summary>
internal sealed class CsvReader<T> : TextFileReader<T>
{
    private readonly CsvOptions _options;
    private readonly Func<CsvRow, T> _read;
    private readonly CsvFields _fields;
    private CsvHeader? _header;

    public CsvReader(TextFile file, CsvOptions options, Func<CsvRow, T> read)
        : base(file, options.MaxRowLength)
    {
        _options = options;
        _read = read;
        _fields = new CsvFields((byte)options.Separator);
        if (options.HasHeader && !file.Preamble.IsEmpty)
        {
            ReadHeader(HeaderIn(file.Preamble));
        }
    }

    private bool NeedsHeader => _options.HasHeader && _header is null;

    protected override int FindEnd(ReadOnlySpan<byte> unread) => CsvFields.FindEnd(unread, (byte)_options.Separator);

    protected override bool TryParse(ReadOnlyMemory<byte> record, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (record.IsEmpty)
        {
            return false;
        }

        if (NeedsHeader)
        {
            ReadHeader(record);
            EndPreamble();
            return false;
        }

        _fields.Split(record);
        if (_header is not null && _fields.Count != _header.Count)
        {
            throw new FormatException($"The row has {_fields.Count} fields, the header has {_header.Count}.");
        }

        value = _read(new CsvRow(_fields, _header, Path));
        return true;
    }

    protected override Exception TooLong(int limit)
    {
        string message = $"The row is longer than {limit} bytes, or has a quote that is never closed. "
            + "Raise CsvOptions.MaxRowLength if such rows are right; a dead letter holds the beginning.";
        return NeedsHeader ? throw new CsvHeaderException(Path, message) : new InvalidDataException(message);
    }

    /// <summary>The header row without what may stand before it and the line end behind it.</summary>
    private static ReadOnlyMemory<byte> HeaderIn(ReadOnlyMemory<byte> preamble)
    {
        ReadOnlyMemory<byte> rest = preamble.Span.StartsWith(ByteOrderMark) ? preamble[ByteOrderMark.Length..] : preamble;
        while (rest.Span is [(byte)'\n', ..] or [(byte)'\r', (byte)'\n', ..])
        {
            rest = rest[(rest.Span.IndexOf((byte)'\n') + 1)..];
        }

        rest = rest.Span is [.., (byte)'\n'] ? rest[..^1] : rest;
        return rest.Span is [.., (byte)'\r'] ? rest[..^1] : rest;
    }

    private void ReadHeader(ReadOnlyMemory<byte> record)
    {
        try
        {
            _fields.Split(record);
        }
        catch (FormatException exception)
        {
            throw new CsvHeaderException(Path, $"The header row cannot be read. {exception.Message}", exception);
        }

        _header = new CsvHeader(_fields, Path);
    }
}
