using System.Buffers;

namespace IoTStream.Storage.PostgreSql;

/// <summary>How rows are written: in the binary format where all columns have one, else as text.</summary>
internal sealed class RowFormat<T>
{
    private readonly Action<T, IBufferWriter<byte>>[] _append;

    private RowFormat(CopiedColumns columns, Action<T, IBufferWriter<byte>>[] append)
    {
        Columns = columns;
        _append = append;
    }

    public CopiedColumns Columns { get; }

    public static RowFormat<T> For(CopyColumn<T>[] columns, uint[] types)
    {
        string[] names = [.. columns.Select(static column => column.Name)];
        Action<T, IBufferWriter<byte>>?[] binary = [.. columns.Zip(types, static (column, type) => column.FindBinary(type))];
        return Array.Exists(binary, static append => append is null)
            ? new RowFormat<T>(new CopiedColumns(names, null), [.. columns.Select(static column => column.AppendText)])
            : new RowFormat<T>(new CopiedColumns(names, types), binary!);
    }

    /// <exception cref="FormatException">A text has a character that the database cannot store.</exception>
    /// <exception cref="OverflowException">A number is too large for its column.</exception>
    public void Append(T record, IBufferWriter<byte> rows)
    {
        if (Columns.Types is null)
        {
            AppendText(record, rows);
        }
        else
        {
            AppendBinary(record, rows);
        }
    }

    private void AppendText(T record, IBufferWriter<byte> rows)
    {
        for (int i = 0; i < _append.Length; i++)
        {
            if (i > 0)
            {
                rows.Write("\t"u8);
            }

            _append[i](record, rows);
        }

        rows.Write("\n"u8);
    }

    private void AppendBinary(T record, IBufferWriter<byte> rows)
    {
        CopyBinary.AppendCount(_append.Length, rows);
        int column = 0;
        try
        {
            for (; column < _append.Length; column++)
            {
                _append[column](record, rows);
            }
        }
        catch (OverflowException exception)
        {
            throw new OverflowException(
                $"The value for the column '{Columns.Names[column]}' does not fit into {CopyType.NameOf(Columns.Types![column])}: give the column a larger type, or the record to the dead letters.",
                exception);
        }
    }
}
