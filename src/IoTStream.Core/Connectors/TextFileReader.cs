using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace IoTStream.Connectors;

/// <summary>Reads a file of records that end with a line feed. What a record is made of is its subclass's business.</summary>
internal abstract class TextFileReader<T> : ISourceReader<T>, IPositioned
{
    private readonly FileReadAhead _file;
    private readonly int _maxLength;
    private FilePosition _position;
    private bool _begun;
    private bool _preambleEnds;

    protected TextFileReader(TextFile file, int maxLength)
    {
        _file = file.ReadAhead;
        _maxLength = maxLength;
        _position = file.Position;
        _begun = _position.Offset > 0;
        Path = file.Path;
        Partitions = [file.Partition];
    }

    public IReadOnlyList<SourcePartition> Partitions { get; }

    protected static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    protected string Path { get; }

    public ReadStatus Read(SourceBatch<T> batch)
    {
        // Each step counts, not only those that give a record, so that a file full of something else does not keep the lane to itself.
        for (int steps = batch.Free; steps > 0; steps--)
        {
            if (TakeRecord(batch))
            {
                continue;
            }

            if (_file.AtEnd)
            {
                return ReadStatus.Ended;
            }

            if (!_file.TryFill())
            {
                return ReadStatus.Drained;
            }
        }

        return ReadStatus.More;
    }

    public void WritePosition(IBufferWriter<byte> position) => _position.Write(position);

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    /// <summary>Finds the line feed that ends the first record.</summary>
    /// <param name="unread">Starts with the record, and may end in the middle of it.</param>
    /// <returns>Its index, or a negative number if it has not been read yet.</returns>
    protected abstract int FindEnd(ReadOnlySpan<byte> unread);

    /// <summary>Makes a value of a record.</summary>
    /// <returns>False if there is nothing to be made of it, such as of an empty line.</returns>
    /// <exception cref="Exception">The record is not what it should be.</exception>
    protected abstract bool TryParse(ReadOnlyMemory<byte> record, [MaybeNullWhen(false)] out T value);

    /// <summary>What to do about a record that is too long, for a person.</summary>
    protected abstract Exception TooLong(int limit);

    /// <summary>The record just parsed, and all before it, have to be read again by whoever goes on behind them.</summary>
    protected void EndPreamble() => _preambleEnds = true;

    private bool TakeRecord(SourceBatch<T> batch)
    {
        if (!_begun && !TryBegin())
        {
            return false;
        }

        ReadOnlyMemory<byte> unread = _file.Unread;
        if (_position.IsSkipping)
        {
            return Skip(unread.Span);
        }

        // A record of just the limit may have a line end of two bytes; what comes after must not matter, however much has been read.
        ReadOnlyMemory<byte> window = unread[..(int)Math.Min(unread.Length, _maxLength + 2L)];
        int end = FindEnd(window.Span);
        if (end >= 0)
        {
            Hand(window[..end], batch);
            Consume(end + 1);
            return true;
        }

        if (window.Length == _maxLength + 2L)
        {
            AddDeadLetter(window[.._maxLength], TooLong(_maxLength), batch);
            Consume(_maxLength);
            _position = _position with { IsSkipping = true };
            return true;
        }

        if (_file.AtEnd && !window.IsEmpty)
        {
            Hand(window, batch);
            Consume(window.Length);
            return true;
        }

        return false;
    }

    private bool TryBegin()
    {
        ReadOnlySpan<byte> unread = _file.Unread.Span;
        if (unread.Length < ByteOrderMark.Length && !_file.AtEnd)
        {
            return false;
        }

        if (unread.StartsWith(ByteOrderMark))
        {
            Consume(ByteOrderMark.Length);
        }

        _begun = true;
        return true;
    }

    /// <summary>Drops the rest of a record that was too long, so that it need not fit into memory.</summary>
    private bool Skip(ReadOnlySpan<byte> unread)
    {
        int end = unread.IndexOf((byte)'\n');
        Consume(end < 0 ? unread.Length : end + 1);
        _position = _position with { IsSkipping = end < 0 };
        return end >= 0;
    }

    private void Hand(ReadOnlyMemory<byte> record, SourceBatch<T> batch)
    {
        if (record.Span is [.., (byte)'\r'])
        {
            record = record[..^1];
        }

        if (record.Length > _maxLength)
        {
            AddDeadLetter(record[.._maxLength], TooLong(_maxLength), batch);
            return;
        }

        try
        {
            if (TryParse(record, out T? value))
            {
                batch.Add(value);
            }
        }
        catch (Exception exception) when (exception is not CsvHeaderException)
        {
            AddDeadLetter(record, exception, batch);
        }
    }

    private void AddDeadLetter(ReadOnlyMemory<byte> record, Exception reason, SourceBatch<T> batch)
    {
        string line = _position.Line.ToString(CultureInfo.InvariantCulture);
        batch.AddDeadLetter(record.ToArray(), reason, new RecordHeaders(new RecordHeader("path", Path), new RecordHeader("line", line)));
    }

    private void Consume(int count)
    {
        ReadOnlySpan<byte> consumed = _file.Unread.Span[..count];
        _position = _position with
        {
            Offset = _position.Offset + count,
            Line = _position.Line + consumed.Count((byte)'\n'),
            Beginning = _position.Beginning.With(consumed),
        };
        if (_preambleEnds)
        {
            _preambleEnds = false;
            _position = _position with { Preamble = checked((int)_position.Offset) };
        }

        _file.Consume(count);
    }
}
