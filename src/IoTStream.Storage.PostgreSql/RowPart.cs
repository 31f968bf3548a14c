using System.Buffers;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Rows that are written together.</summary>
/// <param name="Columns">What they are written for.</param>
/// <param name="Fits">False if the table has other types by now.</param>
/// <param name="Rows">The rows.</param>
internal sealed record RowPart(CopiedColumns Columns, bool Fits, IReadOnlyList<ReadOnlySequence<byte>> Rows)
{
    /// <summary>The names of the columns in SQL.</summary>
    public string List => SqlName.List(Columns.Names);
}
