using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Connectors;

/// <summary>Reads one JSON-lines file.</summary>
internal sealed class JsonLinesReader<T>(TextFile file, int maxLength, IDecoder<T> decoder) : TextFileReader<T>(file, maxLength)
{
    protected override int FindEnd(ReadOnlySpan<byte> unread) => unread.IndexOf((byte)'\n');

    protected override bool TryParse(ReadOnlyMemory<byte> record, [MaybeNullWhen(false)] out T value)
    {
        if (record.Span.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0)
        {
            value = default;
            return false;
        }

        value = decoder.Decode(new ReadOnlySequence<byte>(record));
        return true;
    }

    protected override Exception TooLong(int limit) => new InvalidDataException(
        $"The line is longer than {limit} bytes; the dead letter holds its beginning. Raise JsonLinesOptions.MaxLineLength if such lines are right.");
}
