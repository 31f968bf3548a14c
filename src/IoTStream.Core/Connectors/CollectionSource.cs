namespace IoTStream.Connectors;

/// <summary>Collections as the partitions of a source, a reader each.</summary>
internal sealed class CollectionSource<T>(params Func<SourceContext, SourcePartition, ISourceReader<T>>[] openers) : ISource<T>
{
    /// <summary>Whether all collections can be read from anywhere; the others are enumerated.</summary>
    public required bool IsIndexed { get; init; }

    public Delivery Delivery => IsIndexed ? Delivery.ExactlyOnce : Delivery.AtMostOnce;

    /// <summary>The records of collections, each read the quickest way: in bulk where its memory can be had.</summary>
    public static CollectionSource<T> Of(params IEnumerable<T>[] collections) => new(Array.ConvertAll(collections, Opener))
    {
        IsIndexed = Array.TrueForAll(collections, static items => items is T[] || IsPlainList(items)),
    };

    /// <summary>The records of a block of memory.</summary>
    public static CollectionSource<T> Of(ReadOnlyMemory<T> items) => new(Opener(items)) { IsIndexed = true };

    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var readers = new ISourceReader<T>[openers.Length];
        for (int i = 0; i < openers.Length; i++)
        {
            string name = openers.Length == 1 ? context.Step : $"{context.Step}/{i}";
            readers[i] = openers[i](context, new SourcePartition(context.Step, i, name));
        }

        return new(readers);
    }

    private static Func<SourceContext, SourcePartition, ISourceReader<T>> Opener(IEnumerable<T> items) => items switch
    {
        T[] array => Opener((ReadOnlyMemory<T>)array),
        List<T> list when IsPlainList(list) => (context, partition) => new ListReader<T>(list, partition, Start(context, partition, list.Count)),
        _ => (_, partition) => new EnumerableReader<T>(items, partition),
    };

    private static Func<SourceContext, SourcePartition, ISourceReader<T>> Opener(ReadOnlyMemory<T> items) =>
        (context, partition) => new MemoryReader<T>(items, partition, Start(context, partition, items.Length));

    // A class that is derived from it may enumerate something else than the list has.
    private static bool IsPlainList(IEnumerable<T> items) => items.GetType() == typeof(List<T>);

    private static int Start(SourceContext context, SourcePartition partition, int count)
    {
        long start = StoredNumber.Find(context, partition) ?? 0;
        return start <= count
            ? (int)start
            : throw new InvalidDataException(
                $"The collection '{partition.Name}' has {count} records, but {start} were read from it before: it is another one. Give the job the collection that it " +
                $"had, at most with more records behind the others, or {PositionRemedies.BeginAnew(partition)}.");
    }
}
