using System.Data.Common;
using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet;

/// <summary>Sources that read a table of a lake, so that a topology works on history as it does on what comes in.</summary>
public static class ParquetSource
{
    /// <summary>Reads the rows of a table in the order of a time, and ends.</summary>
    /// <remarks>
    /// <para>
    /// The files are those that the table has when a day is begun: see <see cref="ParquetLake.ListFilesAsync"/>. Days are read one after the other, each sorted by DuckDB, which goes to the disk for one
    /// that does not fit into memory. From object storage, the files of a day are copied to the temporary folder of this machine first, and deleted after it. A table that is not partitioned by day is sorted as one. A file that is merged between listing and reading
    /// fails the job.
    /// </para>
    /// <para>The source cannot be read on from a position: a job that is started again with its epoch log misses what was handed out. Start a replay anew instead.</para>
    /// </remarks>
    /// <param name="lake">Where the lake is: the path of a folder, or <see cref="LakePlace.S3"/>.</param>
    /// <param name="table">The name of the table.</param>
    /// <param name="time">The name of the column with the time, which is also the one that days are of.</param>
    /// <param name="record">Makes the record of a row, whose columns it has by name: <c>row => new Reading(row.GetString("machine"), row.GetDouble("celsius"))</c>. Levels of folders are columns, of text.</param>
    /// <param name="from">The first time that is read; null for the first that is there.</param>
    /// <param name="to">The first time that is not read any more; null for all.</param>
    /// <param name="date">The name of the level of folders for days.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A name is empty, or the table cannot be the name of a folder.</exception>
    public static ISource<T> Read<T>(
        LakePlace lake, string table, string time, Func<DbDataReader, T> record, DateTimeOffset? from = null, DateTimeOffset? to = null, string date = "date")
    {
        ArgumentNullException.ThrowIfNull(lake);
        ILakeTable files = lake.Table(table);
        ArgumentException.ThrowIfNullOrWhiteSpace(time);
        ArgumentNullException.ThrowIfNull(record);
        ArgumentException.ThrowIfNullOrWhiteSpace(date);
        return Source.From(new LakeRows<T>(files, new TimeRange(time, from, to), record, date));
    }
}
