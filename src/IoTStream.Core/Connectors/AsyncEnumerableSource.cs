namespace IoTStream.Connectors;

/// <summary>An asynchronous stream as a source.</summary>
internal sealed class AsyncEnumerableSource<T>(IAsyncEnumerable<T> items, int capacity) : ISource<T>
{
    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
        new([new AsyncEnumerableReader<T>(items, context, capacity)]);
}
