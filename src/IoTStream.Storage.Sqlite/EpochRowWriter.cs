using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IoTStream.Connectors;
using Microsoft.Data.Sqlite;

namespace IoTStream.Storage.Sqlite;

/// <summary>Writes the rows of an epoch in one transaction with its number.</summary>
/// <remarks>The database is a file, and its calls block: each epoch is written on a thread of the pool.</remarks>
internal sealed class EpochRowWriter<T>(Table table, SqliteColumns<T> columns, EpochTable epochs) : IOutboxWriter<T>
{
    // Each part: its version, the lengths of the two that follow, the names of the columns with a character of code 0 between them, and the rows. A program that is changed may
    // find rows of its earlier version in the log.
    private const byte Version = 1;
    private const int HeadSize = 1 + sizeof(int) + sizeof(int);

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

    public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(Task.Run(
        () =>
        {
            using SqliteConnection connection = table.Open();
            return epochs.FindLast(connection);
        },
        cancellationToken));

    public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) =>
        new(Task.Run(() => Apply(epoch, outbox, cancellationToken), cancellationToken));

    public ValueTask DisposeAsync() => default;

    private void Apply(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = table.Open();
        using SqliteTransaction transaction = connection.BeginTransaction();
        if (!epochs.Advance(connection, epoch))
        {
            // The transaction of a job that was given up came through after all.
            return;
        }

        var reader = new SequenceReader<byte>(outbox);
        Span<byte> head = stackalloc byte[HeadSize];
        while (reader.TryCopyTo(head) && head[0] == Version)
        {
            reader.Advance(HeadSize);
            int namesLength = BinaryPrimitives.ReadInt32LittleEndian(head[1..]);
            int rowsLength = BinaryPrimitives.ReadInt32LittleEndian(head[5..]);
            ReadOnlySequence<byte> rest = reader.UnreadSequence;
            table.Write(connection, Encoding.UTF8.GetString(rest.Slice(0, namesLength)).Split('\0'), rest.Slice(namesLength, rowsLength), cancellationToken);
            reader.Advance(namesLength + (long)rowsLength);
        }

        if (!reader.End)
        {
            throw new InvalidDataException("What the epoch log holds for the table is none of its rows: it was written by another version of the library, or by another sink.");
        }

        transaction.Commit();
    }
}
