using IoTStream.Connectors;
using IoTStream.Storage.Parquet;

namespace IoTStream.Benchmarks.Storage;

/// <summary>A folder of Parquet files. Bare: rows by DuckDB's appender into a table in memory, which is copied into one file.</summary>
internal sealed class LakeStore() : Store("Parquet")
{
    private readonly string _folder = Directory.CreateTempSubdirectory("iotstream-storage-").FullName;

    public override ISink<Row> Sink => ParquetSink.To<Row>(_folder, "rows", row => row.Column("machine", r => r.Machine).Column("at", r => r.At).Column("value", r => r.Value));

    public override bool IsExactlyOnce => true;

    private string Table => Path.Combine(_folder, "rows");

    public override Task EmptyAsync()
    {
        Directory.Delete(_folder, recursive: true);
        Directory.CreateDirectory(Table);
        return Task.CompletedTask;
    }

    public override Task WriteBareAsync(Row[] rows)
    {
        BareParquet.Write(rows, Path.Combine(Table, "bare.parquet"));
        return Task.CompletedTask;
    }

    public override Task<long> CountAsync() => Task.FromResult(BareParquet.Count(Table));

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }
}
