using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;

namespace IoTStream.Avro;

/// <summary>Writes an object container file.</summary>
/// <remarks>Not thread-safe. To be disposed of: the last block is written by that.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
public sealed class AvroFileWriter<T> : IDisposable
{
    private readonly Stream _stream;
    private readonly AvroType<T> _type;
    private readonly AvroFileOptions _options;
    private readonly byte[] _mark = RandomNumberGenerator.GetBytes(AvroFile.MarkSize);
    private readonly ArrayBufferWriter<byte> _value = new();
    private readonly ArrayBufferWriter<byte> _block = new();
    private readonly MemoryStream _compressed = new();
    private long _count;

    internal AvroFileWriter(Stream stream, AvroType<T> type, AvroFileOptions options)
    {
        _stream = stream;
        _type = type;
        _options = options;
        Dictionary<string, byte[]> metadata = options.Metadata.ToDictionary(entry => entry.Key, entry => AvroFile.Text.GetBytes(entry.Value), StringComparer.Ordinal);
        metadata[AvroFile.SchemaKey] = AvroFile.Text.GetBytes(type.Schema.ToJson());
        metadata[AvroFile.CodecKey] = options.Compression == AvroFileCompression.Deflate ? "deflate"u8.ToArray() : "null"u8.ToArray();
        AvroCodec.Write(AvroFile.Header, metadata, _value);
        _stream.Write(AvroFile.Magic);
        _stream.Write(_value.WrittenSpan);
        _stream.Write(_mark);
    }

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="AvroException">It is none of the schema. Nothing of it is written then, and other values may follow.</exception>
    public void Write(T value)
    {
        _value.ResetWrittenCount();
        AvroCodec.Write(_type, value, _value);
        _block.Write(_value.WrittenSpan);
        _count++;
        if (_block.WrittenCount >= _options.BlockSize)
        {
            EndBlock();
        }
    }

    /// <summary>Writes out what has been added.</summary>
    public void Flush()
    {
        EndBlock();
        _stream.Flush();
    }

    /// <summary>Writes out what has been added. The stream stays open.</summary>
    public void Dispose()
    {
        EndBlock();
        _compressed.Dispose();
    }

    private void EndBlock()
    {
        if (_count == 0)
        {
            return;
        }

        ReadOnlySpan<byte> data = _block.WrittenSpan;
        if (_options.Compression == AvroFileCompression.Deflate)
        {
            _compressed.SetLength(0);
            using (var deflate = new DeflateStream(_compressed, _options.CompressionLevel, leaveOpen: true))
            {
                deflate.Write(data);
            }

            data = _compressed.GetBuffer().AsSpan(0, (int)_compressed.Length);
        }

        _value.ResetWrittenCount();
        var writer = new AvroWriter(_value);
        writer.WriteInt64(_count);
        writer.WriteInt64(data.Length);
        writer.Flush();
        _stream.Write(_value.WrittenSpan);
        _stream.Write(data);
        _stream.Write(_mark);
        _block.ResetWrittenCount();
        _count = 0;
    }
}
