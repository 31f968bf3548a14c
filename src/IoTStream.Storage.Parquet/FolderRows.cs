namespace IoTStream.Storage.Parquet;

/// <summary>Rows that go into a file.</summary>
internal sealed class FolderRows(string folder, RowSchema schema)
{
    private readonly List<ReadOnlyMemory<byte>> _rows = [];

    /// <summary>The folder, relative to that of the table; empty if the table has no levels of folders.</summary>
    public string Folder => folder;

    public RowSchema Schema => schema;

    public IReadOnlyList<ReadOnlyMemory<byte>> Rows => _rows;

    public void Add(ReadOnlyMemory<byte> row) => _rows.Add(row);
}
