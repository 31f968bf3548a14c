using System.Text;

namespace IoTStream.Avro;

/// <summary>The header of an object container file.</summary>
internal sealed class FileHeader
{
    private FileHeader(AvroSchema schema, AvroFileCompression compression, IReadOnlyDictionary<string, byte[]> metadata, byte[] mark)
    {
        Schema = schema;
        Compression = compression;
        Metadata = metadata;
        Mark = mark;
    }

    public AvroSchema Schema { get; }

    public AvroFileCompression Compression { get; }

    public IReadOnlyDictionary<string, byte[]> Metadata { get; }

    public byte[] Mark { get; }

    public static FileHeader Read(Stream stream, AvroFileOptions options)
    {
        Span<byte> magic = stackalloc byte[AvroFile.Magic.Length];
        if (stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual(AvroFile.Magic))
        {
            throw new AvroException("This is no object container file: it does not begin with 'Obj' and 1.");
        }

        Dictionary<string, byte[]> metadata = ReadMetadata(stream, options);
        if (!metadata.TryGetValue(AvroFile.SchemaKey, out byte[]? schema))
        {
            throw new AvroException($"The file does not say its schema ({AvroFile.SchemaKey}).");
        }

        AvroFileCompression compression = !metadata.TryGetValue(AvroFile.CodecKey, out byte[]? codec) ? AvroFileCompression.None : Encoding.UTF8.GetString(codec) switch
        {
            "null" or "" => AvroFileCompression.None,
            "deflate" => AvroFileCompression.Deflate,
            string other => throw new AvroException($"The file is compressed with '{other}'; 'null' and 'deflate' can be read."),
        };
        var mark = new byte[AvroFile.MarkSize];
        return stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false) == mark.Length
            ? new FileHeader(AvroSchema.Parse(Encoding.UTF8.GetString(schema)), compression, metadata, mark)
            : throw new AvroException("The file ends within its header.");
    }

    // Its length is not said, so it is read entry by entry.
    private static Dictionary<string, byte[]> ReadMetadata(Stream stream, AvroFileOptions options)
    {
        var metadata = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        int left = options.MaximumBlockSize;
        byte[] buffer = [];
        while (Required(stream) is not 0 and var count)
        {
            if (count < 0)
            {
                Required(stream);
            }

            for (ulong entries = (ulong)Math.Abs(Math.Max(count, -long.MaxValue)); entries > 0; entries--)
            {
                int size = FileInput.ReadBlock(stream, ref buffer, left);
                string key = Encoding.UTF8.GetString(buffer, 0, size);
                left -= size;
                size = FileInput.ReadBlock(stream, ref buffer, left);
                left -= size + 1;
                if (left < 0)
                {
                    throw new AvroException("The header is larger than what is taken (AvroFileOptions.MaximumBlockSize).");
                }

                metadata[key] = buffer.AsSpan(0, size).ToArray();
            }
        }

        return metadata;
    }

    private static long Required(Stream stream) => FileInput.ReadInt64(stream) ?? throw new AvroException("The file ends within its header.");
}
