using System.Collections;
using System.IO.Compression;

namespace IoTStream.Avro;

/// <summary>Reads the values of an object container file, block by block.</summary>
/// <remarks>Not thread-safe. The values can be enumerated once.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
public sealed class AvroFileReader<T> : IEnumerable<T>
{
    private readonly Stream _stream;
    private readonly FileHeader _header;
    private readonly ValueReader<T> _value;
    private readonly AvroFileOptions _options;
    private readonly long _minimumSize;
    private byte[] _block = [];
    private byte[] _data = [];

    internal AvroFileReader(Stream stream, FileHeader header, ValueReader<T> value, AvroFileOptions options)
    {
        _stream = stream;
        _header = header;
        _value = value;
        _options = options;
        _minimumSize = MinimumSize.Of(header.Schema);
    }

    /// <summary>The schema that the file was written with.</summary>
    public AvroSchema Schema => _header.Schema;

    /// <summary>What the file says about itself, the schema among it.</summary>
    public IReadOnlyDictionary<string, byte[]> Metadata => _header.Metadata;

    /// <summary>The values. A block that is not whole, or is not followed by the mark of the file, is an <see cref="AvroException"/>.</summary>
    public IEnumerator<T> GetEnumerator()
    {
        while (FileInput.ReadInt64(_stream) is { } count)
        {
            int length = ReadBlock();
            int position = 0;

            // Where values have no bytes, nothing else bounds how many are announced.
            if (count < 0 || count > (_minimumSize == 0 ? _options.MaximumBlockSize : length / _minimumSize))
            {
                throw new AvroException($"A block of {length} bytes is said to have {count} values.");
            }

            for (; count > 0; count--)
            {
                yield return ReadValue(length, ref position);
            }

            if (position < length)
            {
                throw new AvroException($"A block goes on for {length - position} bytes after its last value.");
            }
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private T ReadValue(int length, ref int position)
    {
        var reader = new AvroReader(_data.AsSpan(position, length - position));
        T value = _value.Read(ref reader);
        position += reader.Position;
        return value;
    }

    private int ReadBlock()
    {
        int length = FileInput.ReadBlock(_stream, ref _block, _options.MaximumBlockSize);
        Span<byte> mark = stackalloc byte[AvroFile.MarkSize];
        if (_stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false) < mark.Length || !mark.SequenceEqual(_header.Mark))
        {
            throw new AvroException("A block is not followed by the mark of the file: the file is damaged, or cut off.");
        }

        if (_header.Compression == AvroFileCompression.None)
        {
            _data = _block;
            return length;
        }

        return Decompress(length);
    }

    private int Decompress(int length)
    {
        using var compressed = new MemoryStream(_block, 0, length, writable: false);
        using var deflate = new DeflateStream(compressed, CompressionMode.Decompress);
        int read = 0;
        try
        {
            while (true)
            {
                if (read == _data.Length)
                {
                    Array.Resize(ref _data, Math.Max(4096, 2 * read));
                }

                int count = deflate.Read(_data, read, _data.Length - read);
                if (count == 0)
                {
                    return read;
                }

                read += count;
                if (read > _options.MaximumBlockSize)
                {
                    throw new AvroException($"A block has more bytes decompressed than the {_options.MaximumBlockSize} that are taken (AvroFileOptions.MaximumBlockSize).");
                }
            }
        }
        catch (InvalidDataException damaged)
        {
            throw new AvroException("A block cannot be decompressed.", damaged);
        }
    }
}
