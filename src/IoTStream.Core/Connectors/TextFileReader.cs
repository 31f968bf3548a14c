using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace IoTStream.Connectors;

/// <summary>Reads a file of records that end with a line feed. What a record is made of is its subclass's business.</summary>
internal abstract class TextFileReader<T>(FileReadAhead file, string path, int maxLength, SourcePartition partition) : ISourceReader<T>
{
    private long _line = 1;
    private bool _begun;
    private bool _skipping;

    public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

    protected string Path => path;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public ReadStatus Read(SourceBatch<T> batch)
    {
        // Each step counts, not only those that give a record, so that a file full of something else does not keep the lane to itself.
        for (int steps = batch.Free; steps > 0; steps--)
        {
            if (TakeRecord(batch))
            {
                continue;
            }

            if (file.AtEnd)
            {
                return ReadStatus.Ended;
            }

            if (!file.TryFill())
            {
                return ReadStatus.Drained;
            }
        }

        return ReadStatus.More;
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();

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

    private bool TakeRecord(SourceBatch<T> batch)
    {
        if (!_begun && !TryBegin())
        {
            return false;
        }

        ReadOnlyMemory<byte> unread = file.Unread;
        if (_skipping)
        {
            return Skip(unread.Span);
        }

        // A record of just the limit may have a line end of two bytes; what comes after must not matter, however much has been read.
        ReadOnlyMemory<byte> window = unread[..(int)Math.Min(unread.Length, maxLength + 2L)];
        int end = FindEnd(window.Span);
        if (end >= 0)
        {
            Hand(window[..end], batch);
            Consume(end + 1);
            return true;
        }

        if (window.Length == maxLength + 2L)
        {
            AddDeadLetter(window[..maxLength], TooLong(maxLength), batch);
            Consume(maxLength);
            _skipping = true;
            return true;
        }

        if (file.AtEnd && !window.IsEmpty)
        {
            Hand(window, batch);
            Consume(window.Length);
            return true;
        }

        return false;
    }

    private bool TryBegin()
    {
        ReadOnlySpan<byte> unread = file.Unread.Span;
        if (unread.Length < ByteOrderMark.Length && !file.AtEnd)
        {
            return false;
        }

        if (unread.StartsWith(ByteOrderMark))
        {
            file.Consume(ByteOrderMark.Length);
        }

        _begun = true;
        return true;
    }

    /// <summary>Drops the rest of a record that was too long, so that it need not fit into memory.</summary>
    private bool Skip(ReadOnlySpan<byte> unread)
    {
        int end = unread.IndexOf((byte)'\n');
        _skipping = end < 0;
        Consume(_skipping ? unread.Length : end + 1);
        return !_skipping;
    }

    private void Hand(ReadOnlyMemory<byte> record, SourceBatch<T> batch)
    {
        if (record.Span is [.., (byte)'\r'])
        {
            record = record[..^1];
        }

        if (record.Length > maxLength)
        {
            AddDeadLetter(record[..maxLength], TooLong(maxLength), batch);
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
        string line = _line.ToString(CultureInfo.InvariantCulture);
        batch.AddDeadLetter(record.ToArray(), reason, new RecordHeaders(new RecordHeader("path", path), new RecordHeader("line", line)));
    }

    private void Consume(int count)
    {
        _line += file.Unread.Span[..count].Count((byte)'\n');
        file.Consume(count);
    }
}
