using System.Buffers.Binary;
using System.Globalization;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>What a segment file begins with. docs/epoch-log-format.md describes it byte by byte.</summary>
/// <param name="Kind">What the log is used for: its frames mean nothing to a reader of another kind.</param>
/// <param name="Identity">The same in all segments of a log, and in no other log.</param>
/// <param name="First">The sequence number of the first frame.</param>
/// <param name="Start">The sequence number that the log began with when the segment was created; what came before had been cut away.</param>
/// <param name="Created">When the segment was created, in UTC ticks.</param>
internal readonly record struct SegmentHeader(LogKind Kind, Guid Identity, long First, long Start, long Created)
{
    public const int Size = 64;

    private const ushort Version = 1;
    private const string Extension = ".log";
    private const string UnfinishedExtension = ".tmp";

    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'I', (byte)'o', (byte)'T', (byte)'L', (byte)'o', (byte)'g', (byte)'\n'];

    public string FileName => FileNameOf(First);

    public string UnfinishedFileName => FileName + UnfinishedExtension;

    /// <summary>What checksums of the log's frames start with, so that no frame of another log is taken for one of this.</summary>
    public uint Seed
    {
        get
        {
            Span<byte> identity = stackalloc byte[16];
            Identity.TryWriteBytes(identity);
            return Crc32C.Add(Crc32C.Start, identity);
        }
    }

    public static string FileNameOf(long first) => first.ToString("D20", CultureInfo.InvariantCulture) + Extension;

    public static bool IsUnfinished(string fileName) => fileName.EndsWith(Extension + UnfinishedExtension, StringComparison.Ordinal);

    public static bool TryParseFileName(string fileName, out long first)
    {
        first = 0;
        return fileName.Length == 20 + Extension.Length
            && fileName.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(fileName.AsSpan(0, 20), NumberStyles.None, CultureInfo.InvariantCulture, out first);
    }

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), (ushort)Kind);
        Identity.TryWriteBytes(bytes.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), First);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), Start);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), Created);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(60), Crc32C.Of(bytes.AsSpan(0, 60)));
        return bytes;
    }

    /// <summary>Reads the header of a segment file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its path.</param>
    /// <param name="fileName">Its name.</param>
    /// <param name="kind">What the log has to be used for; null if it may be anything.</param>
    /// <exception cref="LogDamagedException">It is not one, or not that of a log of this kind and version, or not of this file.</exception>
    public static SegmentHeader Read(IDiskFile file, string path, string fileName, LogKind? kind)
    {
        Span<byte> bytes = stackalloc byte[Size];
        int read = file.Read(0, bytes);
        if (read < Size)
        {
            throw Damaged($"a segment begins with {Size} bytes of header, but the file ends after {read}.");
        }

        if (!bytes.StartsWith(Magic))
        {
            throw Damaged("it does not begin as a segment does.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[60..]) != Crc32C.Of(bytes[..60]))
        {
            throw Damaged("the checksum of the segment's header is wrong.");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new LogDamagedException(
                path, 8, $"it is written in version {version} of the format.", $"This version of IoTStream reads version {Version}: use one that reads {version}.");
        }

        var found = (LogKind)BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]);
        if (kind is not null && found != kind)
        {
            throw new LogDamagedException(
                path, 10, $"it belongs to a log of the kind {found}, not {kind}.", "Give the directory of the log that you meant.");
        }

        var header = new SegmentHeader(
            found,
            new Guid(bytes.Slice(16, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]));
        if (header.FileName != fileName)
        {
            throw new LogDamagedException(
                path, 32, $"its header says that it is {header.FileName}.", $"If that file is missing, rename this one to {header.FileName}; else remove it.");
        }

        return header;

        LogDamagedException Damaged(string found) => new(path, 0, found, Remedies.Restore);
    }
}
