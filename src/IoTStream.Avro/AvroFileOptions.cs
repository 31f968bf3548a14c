using System.IO.Compression;

namespace IoTStream.Avro;

/// <summary>How object container files are written, and what is taken from those that are read.</summary>
public sealed record AvroFileOptions
{
    /// <summary>The defaults.</summary>
    public static AvroFileOptions Default { get; } = new();

    /// <summary>How blocks are compressed; not at all by default.</summary>
    public AvroFileCompression Compression { get; init; }

    /// <summary>How hard is tried to compress; <see cref="CompressionLevel.Fastest"/> by default.</summary>
    public CompressionLevel CompressionLevel { get; init; } = CompressionLevel.Fastest;

    /// <summary>From how many bytes on a block is written out; 64 KiB by default.</summary>
    public int BlockSize { get; init; } = 64 * 1024;

    /// <summary>How many bytes a block that is read may have, compressed and decompressed; 64 MiB by default.</summary>
    public int MaximumBlockSize { get; init; } = 64 * 1024 * 1024;

    /// <summary>What is said about the file besides: texts by names that do not begin with "avro.".</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    internal static AvroFileOptions Checked(AvroFileOptions? options)
    {
        options ??= Default;
        if (options.BlockSize < 1 || options.MaximumBlockSize < 1)
        {
            throw new ArgumentException("Sizes of blocks are to be positive.", nameof(options));
        }

        if (!Enum.IsDefined(options.Compression))
        {
            throw new ArgumentException($"There is no compression {options.Compression}.", nameof(options));
        }

        return options.Metadata.Keys.FirstOrDefault(key => key.StartsWith("avro.", StringComparison.Ordinal)) is { } reserved
            ? throw new ArgumentException($"'{reserved}' begins with 'avro.', which is reserved.", nameof(options))
            : options;
    }
}
