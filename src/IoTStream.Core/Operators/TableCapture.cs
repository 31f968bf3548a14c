using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// A copy of a table in the making. Each lane adds its part at the barrier of an epoch, or its last part if it ends before that; the copy is complete when
/// there is one of each lane for the same epoch. Thread-safe.
/// </summary>
/// <param name="lanes">How many lanes there are.</param>
/// <param name="predicate">Which entries are wanted; null for all.</param>
internal sealed class TableCapture<TKey, T>(int lanes, Func<TableEntry<TKey, T>, bool>? predicate)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Part[] _parts = [.. Enumerable.Range(0, lanes).Select(_ => new Part())];
    private readonly TaskCompletionSource<List<TableEntry<TKey, T>>[]> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The parts of all lanes as of one epoch. Fails with what the predicate threw.</summary>
    public Task<List<TableEntry<TKey, T>>[]> Completion => _completion.Task;

    /// <summary>The lane, at a barrier: adds what it has.</summary>
    public void Add(int lane, long epoch, LatestValues<TKey, T> values) => Add(values, entries =>
    {
        _parts[lane].Epoch = epoch;
        _parts[lane].Entries = entries;
    });

    /// <summary>A lane has ended: adds what it has from an epoch on. May be called more than once, and from any thread.</summary>
    public void AddLast(int lane, long firstEpoch, LatestValues<TKey, T> values) => Add(values, entries =>
    {
        _parts[lane].FirstOfLast = firstEpoch;
        _parts[lane].Last = entries;
    });

    private void Add(LatestValues<TKey, T> values, Action<List<TableEntry<TKey, T>>> set)
    {
        if (_completion.Task.IsCompleted)
        {
            return;
        }

        try
        {
            List<TableEntry<TKey, T>> entries = values.Copy(predicate);
            lock (_gate)
            {
                set(entries);
                if (!CompleteAt(_parts.Max(static part => part.Epoch)))
                {
                    CompleteAt(long.MaxValue);
                }
            }
        }
        catch (Exception exception)
        {
            // It is the predicate's, and nothing to the lane. Nobody may wait for it any more: then it is no unobserved exception.
            _completion.TrySetException(exception);
            _ = _completion.Task.Exception;
        }
    }

    private bool CompleteAt(long epoch)
    {
        List<TableEntry<TKey, T>>?[] entries = Array.ConvertAll(_parts, part => part.At(epoch));
        return Array.TrueForAll(entries, static found => found is not null) && _completion.TrySetResult(entries!);
    }

    private sealed class Part
    {
        /// <summary>The newest epoch of which there is a copy; 0 if of none.</summary>
        public long Epoch { get; set; }

        public List<TableEntry<TKey, T>>? Entries { get; set; }

        /// <summary>From which epoch on the last copy holds.</summary>
        public long FirstOfLast { get; set; }

        public List<TableEntry<TKey, T>>? Last { get; set; }

        public List<TableEntry<TKey, T>>? At(long epoch) => Epoch == epoch ? Entries : epoch >= FirstOfLast ? Last : null;
    }
}
