using System.Buffers;

namespace IoTStream.Connectors;

/// <summary>A row of comma-separated values a payload, maybe with a header of its own before it.</summary>
internal sealed class CsvCodec<T> : ICodec<T>
{
    private const string Payload = "The payload";

    private readonly Func<CsvRow, T> _read;
    private readonly CsvColumns<T> _columns;
    private readonly CsvOptions _options;
    private readonly byte[] _headerBytes;
    private readonly CsvHeader _order;
    private CsvFields? _spareFields;
    private ByteBuffer? _spareBuffer;

    public CsvCodec(Func<CsvRow, T> read, CsvColumns<T> columns, CsvOptions options)
    {
        _read = read;
        _columns = columns;
        _options = options;
        var header = new ByteBuffer();
        columns.AppendHeader(header, options);
        _headerBytes = header.Written.ToArray();
        var names = new CsvFields((byte)options.Separator);
        names.Split(_headerBytes.AsMemory()[..^1]);
        _order = new CsvHeader(names, Payload);
    }

    public T Decode(in ReadOnlySequence<byte> payload)
    {
        ReadOnlyMemory<byte> rest = payload.IsSingleSegment ? payload.First : payload.ToArray();
        if (rest.Span is [0xEF, 0xBB, 0xBF, ..])
        {
            rest = rest[3..];
        }

        CsvFields fields = Interlocked.Exchange(ref _spareFields, null) ?? new CsvFields((byte)_options.Separator);
        CsvHeader header = _order;
        if (_options.HasHeader)
        {
            fields.Split(TakeLine(ref rest, "header"));
            header = new CsvHeader(fields, Payload);
        }

        ReadOnlyMemory<byte> row = TakeLine(ref rest, "row");
        if (!rest.IsEmpty)
        {
            throw new FormatException("The payload goes on after its row: send a payload for each row.");
        }

        fields.Split(row);
        if (fields.Count != header.Count)
        {
            throw new FormatException($"The row has {fields.Count} fields, and there are {header.Count} columns.");
        }

        T value = _read(new CsvRow(fields, header, Payload));
        _spareFields = fields;
        return value;
    }

    public void Encode(T value, IBufferWriter<byte> output)
    {
        ByteBuffer buffer = Interlocked.Exchange(ref _spareBuffer, null) ?? new ByteBuffer();
        buffer.Clear();
        if (_options.HasHeader)
        {
            buffer.Write(_headerBytes);
        }

        _columns.AppendRow(value, buffer, _options);

        // Without the line end, which a payload has no need of.
        output.Write(buffer.Written.Span[..^1]);
        _spareBuffer = buffer;
    }

    /// <summary>The first line without its end; lines in quotes go on.</summary>
    private ReadOnlyMemory<byte> TakeLine(ref ReadOnlyMemory<byte> rest, string what)
    {
        int end = CsvFields.FindEnd(rest.Span, (byte)_options.Separator);
        ReadOnlyMemory<byte> line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        line = line.Span is [.., (byte)'\r'] ? line[..^1] : line;
        return line.Length switch
        {
            0 => throw new FormatException($"The payload has no {what}."),
            int length when length > _options.MaxRowLength => throw new InvalidDataException($"The {what} is longer than {_options.MaxRowLength} bytes. Raise CsvOptions.MaxRowLength if that is right."),
            _ => line,
        };
    }
}
