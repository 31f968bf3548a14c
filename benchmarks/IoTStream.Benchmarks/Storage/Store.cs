using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Storage;

/// <summary>A database, a broker or a lake that rows are written to, by our sink and by its driver alone.</summary>
internal abstract class Store(string name) : IAsyncDisposable
{
    public string Name { get; } = name;

    /// <summary>How many rows are written.</summary>
    public virtual int Rows => 1_000_000;

    /// <summary>Our sink.</summary>
    public abstract ISink<Row> Sink { get; }

    /// <summary>Whether the sink writes exactly once in a job with an epoch log.</summary>
    public abstract bool IsExactlyOnce { get; }

    /// <summary>Has no rows any more.</summary>
    public abstract Task EmptyAsync();

    /// <summary>Writes rows in the fastest way that the driver documents.</summary>
    public abstract Task WriteBareAsync(Row[] rows);

    /// <summary>How many rows there are.</summary>
    public abstract Task<long> CountAsync();

    public abstract ValueTask DisposeAsync();
}
