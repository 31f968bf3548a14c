using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IoTStream.Connectors;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Writes the rows of an epoch in one transaction with its number.</summary>
internal sealed class EpochRowWriter<T>(TableWriter table, RowFormat<T> format, EpochTable epochs) : IOutboxWriter<T>
{
    // Each part: its version, the lengths of the two that follow, the columns, and the rows. A program that is changed may find rows of its earlier version in the log. The columns
    // are their names with a character of code 0 between them; in the binary format the numbers of their types come before, and before these how many there are.
    private const byte TextVersion = 1;
    private const byte BinaryVersion = 2;
    private const int HeadSize = 1 + sizeof(int) + sizeof(int);

    private readonly byte[] _columns = Encode(format.Columns);
    private readonly ArrayBufferWriter<byte> _rows = new();

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
    {
        _rows.ResetWrittenCount();
        foreach (T record in batch.Values.Span)
        {
            format.Append(record, _rows);
        }

        Span<byte> head = outbox.GetSpan(HeadSize);
        head[0] = format.Columns.Types is null ? TextVersion : BinaryVersion;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], _columns.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[5..], _rows.WrittenCount);
        outbox.Advance(HeadSize);
        outbox.Write(_columns);
        outbox.Write(_rows.WrittenSpan);
    }

    public async ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await table.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await epochs.FindLastAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
    {
        RowPart[] parts = [.. Read(outbox).Select(part => new RowPart(part.Columns, part.Columns.Types is null || part.Columns.Equals(format.Columns), part.Rows))];

        // The epoch may be there already: the transaction of a connection that was given up came through after all.
        await table.WriteAsync(parts, (connection, token) => epochs.AdvanceAsync(connection, epoch, token), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => table.DisposeAsync();

    private static byte[] Encode(CopiedColumns columns)
    {
        var encoded = new ArrayBufferWriter<byte>();
        if (columns.Types is { } types)
        {
            BinaryPrimitives.WriteInt32LittleEndian(encoded.GetSpan(sizeof(int)), types.Length);
            encoded.Advance(sizeof(int));
            foreach (uint type in types)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(encoded.GetSpan(sizeof(uint)), type);
                encoded.Advance(sizeof(uint));
            }
        }

        Encoding.UTF8.GetBytes(string.Join('\0', columns.Names), encoded);
        return encoded.WrittenSpan.ToArray();
    }

    private static CopiedColumns Decode(byte version, ReadOnlySpan<byte> encoded)
    {
        uint[]? types = null;
        if (version == BinaryVersion)
        {
            types = new uint[BinaryPrimitives.ReadInt32LittleEndian(encoded)];
            encoded = encoded[sizeof(int)..];
            for (int i = 0; i < types.Length; i++, encoded = encoded[sizeof(uint)..])
            {
                types[i] = BinaryPrimitives.ReadUInt32LittleEndian(encoded);
            }
        }

        return new CopiedColumns(Encoding.UTF8.GetString(encoded).Split('\0'), types);
    }

    /// <summary>The rows, those of the same columns together.</summary>
    private List<(CopiedColumns Columns, List<ReadOnlySequence<byte>> Rows)> Read(ReadOnlySequence<byte> outbox)
    {
        List<(CopiedColumns Columns, List<ReadOnlySequence<byte>> Rows)> parts = [];
        var reader = new SequenceReader<byte>(outbox);
        Span<byte> head = stackalloc byte[HeadSize];
        while (reader.TryCopyTo(head) && head[0] is TextVersion or BinaryVersion)
        {
            reader.Advance(HeadSize);
            ReadOnlySequence<byte> rest = reader.UnreadSequence;
            int columnsLength = BinaryPrimitives.ReadInt32LittleEndian(head[1..]);
            int rowsLength = BinaryPrimitives.ReadInt32LittleEndian(head[5..]);
            byte[] encoded = rest.Slice(0, columnsLength).ToArray();
            CopiedColumns columns = encoded.AsSpan().SequenceEqual(_columns) ? format.Columns : Decode(head[0], encoded);
            if (parts.Count == 0 || !parts[^1].Columns.Equals(columns))
            {
                parts.Add((columns, []));
            }

            parts[^1].Rows.Add(rest.Slice(columnsLength, rowsLength));
            reader.Advance(columnsLength + (long)rowsLength);
        }

        return reader.End
            ? parts
            : throw new InvalidDataException("What the epoch log holds for the table is none of its rows: it was written by another version of the library, or by another sink.");
    }
}
