namespace IoTStream.Connectors;

/// <summary>Collections as the partitions of a source, a reader each.</summary>
internal sealed class CollectionSource<T>(params Func<SourcePartition, ISourceReader<T>>[] openers) : ISource<T>
{
    /// <summary>The quickest way to read a collection: in bulk where its memory can be had.</summary>
    public static Func<SourcePartition, ISourceReader<T>> Opener(IEnumerable<T> items) => items switch
    {
        T[] array => partition => new MemoryReader<T>(array, partition),
        List<T> list when list.GetType() == typeof(List<T>) => partition => new ListReader<T>(list, partition),
        _ => partition => new EnumerableReader<T>(items, partition),
    };

    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var readers = new ISourceReader<T>[openers.Length];
        for (int i = 0; i < openers.Length; i++)
        {
            string name = openers.Length == 1 ? context.Step : $"{context.Step}/{i}";
            readers[i] = openers[i](new SourcePartition(context.Step, i, name));
        }

        return new(readers);
    }
}
