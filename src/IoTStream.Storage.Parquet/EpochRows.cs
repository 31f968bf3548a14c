using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Rows as the epoch log has them.</summary>
/// <remarks>
/// A part for each batch: its version, the lengths of the two that follow, the columns, and the rows; of each row its length, the length of its folder, the folder, and the values.
/// A program that is changed may find rows of its earlier version in the log.
/// </remarks>
internal static class EpochRows
{
    private const byte Version = 1;
    private const int HeadSize = 1 + sizeof(int) + sizeof(int);

    public static void AppendPart(ReadOnlySpan<byte> schema, ReadOnlySpan<byte> rows, IBufferWriter<byte> outbox)
    {
        Span<byte> head = outbox.GetSpan(HeadSize);
        head[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], schema.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[5..], rows.Length);
        outbox.Advance(HeadSize);
        outbox.Write(schema);
        outbox.Write(rows);
    }

    /// <summary>The rows of each folder, in their order.</summary>
    /// <exception cref="InvalidDataException">The bytes are none of a sink like this.</exception>
    public static IReadOnlyList<FolderRows> Read(ReadOnlyMemory<byte> outbox)
    {
        List<FolderRows> folders = [];
        var byName = new Dictionary<string, FolderRows>(StringComparer.Ordinal);
        Dictionary<string, FolderRows>.AlternateLookup<ReadOnlySpan<char>> bySpan = byName.GetAlternateLookup<ReadOnlySpan<char>>();
        byte[] schemaBytes = [];
        RowSchema? schema = null;
        while (!outbox.IsEmpty)
        {
            ReadOnlySpan<byte> head = outbox.Span;
            if (head.Length < HeadSize || head[0] != Version)
            {
                throw NotOurs();
            }

            int schemaLength = BinaryPrimitives.ReadInt32LittleEndian(head[1..]);
            int rowsLength = BinaryPrimitives.ReadInt32LittleEndian(head[5..]);
            if (schema is null)
            {
                schemaBytes = outbox.Slice(HeadSize, schemaLength).ToArray();
                schema = RowSchema.Parse(schemaBytes);
            }
            else if (!outbox.Span.Slice(HeadSize, schemaLength).SequenceEqual(schemaBytes))
            {
                throw NotOurs();
            }

            ReadOnlyMemory<byte> rows = outbox.Slice(HeadSize + schemaLength, rowsLength);
            outbox = outbox[(HeadSize + schemaLength + rowsLength)..];
            while (!rows.IsEmpty)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(rows.Span);
                int folderLength = BinaryPrimitives.ReadInt32LittleEndian(rows.Span[sizeof(int)..]);
                ReadOnlyMemory<byte> row = rows.Slice(2 * sizeof(int), length);
                rows = rows[((2 * sizeof(int)) + length)..];
                FolderOf(row.Span[..folderLength], schema).Add(row[folderLength..]);
            }
        }

        return folders;

        FolderRows FolderOf(ReadOnlySpan<byte> utf8, RowSchema columns)
        {
            char[]? rented = null;
            Span<char> name = utf8.Length <= 256 ? stackalloc char[256] : rented = ArrayPool<char>.Shared.Rent(utf8.Length);
            name = name[..Encoding.UTF8.GetChars(utf8, name)];
            if (!bySpan.TryGetValue(name, out FolderRows? found))
            {
                found = new FolderRows(name.ToString(), columns);
                byName.Add(found.Folder, found);
                folders.Add(found);
            }

            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented);
            }

            return found;
        }
    }

    private static InvalidDataException NotOurs() =>
        new("What the epoch log holds for the table is none of its rows: it was written by another version of the library, or by another sink.");
}
