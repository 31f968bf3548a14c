using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IoTStream.Connectors;
using Npgsql;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Writes the rows of an epoch in one transaction with its number.</summary>
internal sealed class EpochRowWriter<T>(Table table, PostgreSqlColumns<T> columns, EpochTable epochs) : IOutboxWriter<T>
{
    // Each part: its version, the lengths of the two that follow, the names of the columns with a character of code 0 between them, and the rows. A program that is changed may
    // find rows of its earlier version in the log.
    private const byte Version = 1;
    private const int HeadSize = 1 + sizeof(int) + sizeof(int);

    private readonly string[] _columns = [.. columns.Names];
    private readonly byte[] _names = Encoding.UTF8.GetBytes(string.Join('\0', columns.Names));
    private readonly ArrayBufferWriter<byte> _rows = new();

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
    {
        _rows.ResetWrittenCount();
        foreach (T record in batch.Values.Span)
        {
            columns.AppendRow(record, _rows);
        }

        Span<byte> head = outbox.GetSpan(HeadSize);
        head[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], _names.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[5..], _rows.WrittenCount);
        outbox.Advance(HeadSize);
        outbox.Write(_names);
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
        List<(string[] Columns, List<ReadOnlySequence<byte>> Rows)> parts = Read(outbox);
        NpgsqlConnection connection = await table.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (!await epochs.AdvanceAsync(connection, epoch, cancellationToken).ConfigureAwait(false))
                {
                    // The transaction of a connection that was given up came through after all.
                    return;
                }

                foreach ((string[] names, List<ReadOnlySequence<byte>> rows) in parts)
                {
                    await table.WriteAsync(connection, names, rows, cancellationToken).ConfigureAwait(false);
                }

                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync() => table.Source.DisposeAsync();

    /// <summary>The rows, those of the same columns together.</summary>
    private List<(string[] Columns, List<ReadOnlySequence<byte>> Rows)> Read(ReadOnlySequence<byte> outbox)
    {
        List<(string[] Columns, List<ReadOnlySequence<byte>> Rows)> parts = [];
        var reader = new SequenceReader<byte>(outbox);
        Span<byte> head = stackalloc byte[HeadSize];
        while (reader.TryCopyTo(head) && head[0] == Version)
        {
            reader.Advance(HeadSize);
            ReadOnlySequence<byte> rest = reader.UnreadSequence;
            int namesLength = BinaryPrimitives.ReadInt32LittleEndian(head[1..]);
            int rowsLength = BinaryPrimitives.ReadInt32LittleEndian(head[5..]);
            string names = Encoding.UTF8.GetString(rest.Slice(0, namesLength));
            string[] own = names.AsSpan().SequenceEqual(string.Join('\0', _columns)) ? _columns : names.Split('\0');
            if (parts.Count == 0 || !parts[^1].Columns.AsSpan().SequenceEqual(own))
            {
                parts.Add((own, []));
            }

            parts[^1].Rows.Add(rest.Slice(namesLength, rowsLength));
            reader.Advance(namesLength + (long)rowsLength);
        }

        return reader.End
            ? parts
            : throw new InvalidDataException("What the epoch log holds for the table is none of its rows: it was written by another version of the library, or by another sink.");
    }
}
