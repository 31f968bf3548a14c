namespace IoTStream.Connectors;

/// <summary>Pulls a collection on the lane, a batch at a time.</summary>
internal sealed class EnumerableReader<T>(IEnumerable<T> items, SourcePartition partition) : ISourceReader<T>
{
    private IEnumerator<T>? _enumerator;

    public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

    public ReadStatus Read(SourceBatch<T> batch)
    {
        _enumerator ??= items.GetEnumerator();
        Span<T> target = batch.GetSpan();
        int count = 0;
        while (count < target.Length)
        {
            if (!_enumerator.MoveNext())
            {
                batch.Advance(count);
                Close();
                return ReadStatus.Ended;
            }

            target[count++] = _enumerator.Current;
        }

        batch.Advance(count);
        return ReadStatus.More;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return default;
    }

    private void Close()
    {
        _enumerator?.Dispose();
        _enumerator = null;
    }
}
