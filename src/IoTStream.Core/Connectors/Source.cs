using System.Threading.Channels;

namespace IoTStream.Connectors;

/// <summary>Sources over collections, asynchronous streams and channels of the caller's own process.</summary>
public static class Source
{
    /// <summary>The records of a collection, in its order; the source ends with it.</summary>
    /// <remarks>
    /// The collection is enumerated on the job's lane, so a step of it must be quick: what waits for something belongs into an
    /// <see cref="IAsyncEnumerable{T}"/>. Arrays and <see cref="List{T}"/> are copied in bulk instead. Each job enumerates anew. The
    /// collection must not be changed meanwhile.
    /// <para>
    /// With an epoch log, arrays and <see cref="List{T}"/> are read on from where the last epoch was, so that each record has its effect exactly once; the
    /// collection has to have the same records then, and may have more behind them. Another collection is read from the beginning by each job.
    /// </para>
    /// </remarks>
    /// <param name="items">The records. An exception from the enumeration ends the job with it as the cause.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static ISource<T> From<T>(IEnumerable<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return CollectionSource<T>.Of(items);
    }

    /// <inheritdoc cref="From{T}(IEnumerable{T})"/>
    public static ISource<T> From<T>(T[] items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return From(items.AsReadOnlyMemory());
    }

    /// <summary>The records of a block of memory, copied in bulk; the source ends with it.</summary>
    /// <param name="items">The records; must not be changed while a job reads them.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static ISource<T> From<T>(ReadOnlyMemory<T> items) =>
        CollectionSource<T>.Of(items);

    /// <summary>The records of an asynchronous stream; the source ends with it.</summary>
    /// <remarks>
    /// <para>
    /// A task of its own enumerates the stream and is held back when <paramref name="capacity"/> records wait. Each job enumerates anew.
    /// </para>
    /// <para>
    /// When the job is to stop, the enumeration's token is cancelled. A record that the stream still hands out is processed; one that
    /// does not react to its token is given one second of the job's clock, then the job goes on without it and what it hands out later is lost.
    /// </para>
    /// </remarks>
    /// <param name="items">The records. An exception from the enumeration ends the job with it as the cause.</param>
    /// <param name="capacity">The most records that are read ahead, at least 1.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is less than 1.</exception>
    public static ISource<T> From<T>(IAsyncEnumerable<T> items, int capacity = 1024)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        return new AsyncEnumerableSource<T>(items, capacity);
    }

    /// <summary>What is written to a channel; the source ends when the channel is completed.</summary>
    /// <remarks>
    /// Nothing is taken ahead: a record stays in the channel until the pipeline has room for it, and when the job is stopped, what it has not
    /// taken is still there for another. A bounded channel thus holds its writers back. Jobs that read the same channel share its records.
    /// </remarks>
    /// <param name="channel">The channel. If it is completed with an exception, the job ends with that as the cause.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static ISource<T> From<T>(ChannelReader<T> channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return new ChannelSource<T>(channel);
    }

    /// <summary>
    /// The records of several collections that lanes read side by side, each collection a partition with a watermark of its own.
    /// See <see cref="From{T}(IEnumerable{T})"/>.
    /// </summary>
    /// <param name="partitions">The records of each partition, at least one partition.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">There are no partitions, or one is null.</exception>
    public static ISource<T> Partitioned<T>(params IEnumerable<T>[] partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        if (partitions.Length == 0 || Array.Exists(partitions, static partition => partition is null))
        {
            throw new ArgumentException("Give at least one collection, and none that is null; an empty collection is fine.", nameof(partitions));
        }

        return CollectionSource<T>.Of(partitions);
    }

    private static ReadOnlyMemory<T> AsReadOnlyMemory<T>(this T[] items) => items;
}
