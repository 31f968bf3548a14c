using IoTStream.Runtime;

namespace IoTStream.Dsl;

/// <summary>Reads the tables of a job from outside.</summary>
public static class JobTables
{
    /// <summary>A table of the job, to be read while it runs and after it has ended, until it is disposed.</summary>
    /// <param name="job">A job that was started from the topology in which the table is.</param>
    /// <param name="table">The table, as <c>ToTable</c> gave it.</param>
    /// <typeparam name="TKey">The type of the key.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The table is not part of the job's topology.</exception>
    public static TableView<TKey, T> Table<TKey, T>(this Job job, KeyedTable<TKey, T> table)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(table);
        return table.In(job.Program);
    }
}
