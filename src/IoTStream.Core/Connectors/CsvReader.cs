using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Connectors;

/// <summary>Reads one CSV file.</summary>
internal sealed class CsvReader<T>(FileReadAhead file, string path, CsvOptions options, SourcePartition partition, Func<CsvRow, T> read)
    : TextFileReader<T>(file, path, options.MaxRowLength, partition)
{
    private readonly CsvFields _fields = new((byte)options.Separator);
    private CsvHeader? _header;

    private bool NeedsHeader => options.HasHeader && _header is null;

    protected override int FindEnd(ReadOnlySpan<byte> unread) => CsvFields.FindEnd(unread, (byte)options.Separator);

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
            return false;
        }

        _fields.Split(record);
        if (_header is not null && _fields.Count != _header.Count)
        {
            throw new FormatException($"The row has {_fields.Count} fields, the header has {_header.Count}.");
        }

        value = read(new CsvRow(_fields, _header, Path));
        return true;
    }

    protected override Exception TooLong(int limit)
    {
        string message = $"The row is longer than {limit} bytes, or has a quote that is never closed. "
            + "Raise CsvOptions.MaxRowLength if such rows are right; a dead letter holds the beginning.";
        return NeedsHeader ? throw new CsvHeaderException(Path, message) : new InvalidDataException(message);
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
