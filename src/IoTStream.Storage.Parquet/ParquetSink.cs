using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Sinks that write Parquet files (https://parquet.apache.org/docs/file-format/) into the folders of a data lake.</summary>
public static class ParquetSink
{
    /// <summary>Writes a row for each record, into files that are partitioned as the columns say: with an epoch log, exactly once.</summary>
    /// <remarks>
    /// <para>
    /// A file is <c>LAKE/TABLE/date=2026-01-31/machine=press-4/TOPOLOGY.STEP.LOG.EPOCH.parquet</c>: one for each folder that an epoch has records for. Files appear when their
    /// epoch is committed, complete and durable, one after the other; they never change. Only one file is written at a time, however many folders there are. What the sink has to
    /// remember is in <c>LAKE/.iotstream</c>. In a folder, unfinished files are there, too, and it has to be on the same volume; in object storage, files are written to the temporary folder
    /// of this machine and uploaded, up to eight at a time.
    /// </para>
    /// <para>
    /// Without an epoch log, a file is written when the buffer is full, when the input pauses and at the end: at least once. Either way, many small files are what comes of short
    /// epochs: see <see cref="ParquetLake.CompactAsync"/>.
    /// </para>
    /// </remarks>
    /// <param name="lake">Where the lake is: the path of a folder, which is created if it is not there, or <see cref="LakePlace.S3"/>.</param>
    /// <param name="table">The name of the table: of the folder in that of the lake.</param>
    /// <param name="columns">
    /// Adds the folders and the columns: <c>row => row.PartitionByDate(r => r.MeasuredAt).Column("machine", r => r.Machine).Column("celsius", r => r.Celsius)</c>.
    /// </param>
    /// <param name="options">How files are written.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The table cannot be the name of a folder, or there are no columns, or two of the same name.</exception>
    /// <exception cref="NotSupportedException">A column's type has no place in Parquet.</exception>
    public static ISink<T> To<T>(LakePlace lake, string table, Func<ParquetColumns<T>, ParquetColumns<T>> columns, ParquetSinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(lake);
        ILakeTable files = lake.Table(table);
        ArgumentNullException.ThrowIfNull(columns);
        ParquetColumns<T> row = columns(new ParquetColumns<T>());
        return row.Count > 0
            ? new LakeSink<T>(files, row, options ?? new ParquetSinkOptions())
            : throw new ArgumentException("Add at least one column that is not a level of folders.", nameof(columns));
    }
}
